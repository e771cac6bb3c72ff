"""Who may ask: only the browser that was given the address, and only from the page itself.

Any web page a person has open can send requests to this machine. What keeps it from reading or changing anything:

- a random token in the address, exchanged at once for a cookie that scripts cannot read and that goes along
  with no request another site causes (``SameSite=Strict``);
- the ``Host`` must be the address served, so that no name of somebody else's that resolves to this machine (DNS
  rebinding) can pass for the page;
- what changes something must come from the page itself, by its ``Origin``; and nothing is answered that a browser
  says (``Sec-Fetch-Site``) another site or another port asked for, since cookies know no ports;
- a policy that lets the page load only its own files and run no script that is in the text.
"""

import secrets
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)

_HEADERS = {
    "content-security-policy": _POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}

_ASK_AGAIN = "Open this page with the whole address that photogender review printed: it holds a key.\n"
_SAFE = ("GET", "HEAD")


class Keys:
    """The secrets of one run of the server."""

    def __init__(self, port: int) -> None:
        self.token = secrets.token_urlsafe(32)
        """In the address that is printed."""
        self.once = secrets.token_urlsafe(32)
        """In the address a browser is started with, where other users may see it in the list of processes:
        good for one request."""
        self.cookie = secrets.token_urlsafe(32)
        self.cookie_name = f"photogender-{port}"

    def accept(self, token: str) -> bool:
        """Whether a token opens the page."""
        if secrets.compare_digest(token.encode("utf-8", "surrogateescape"), self.once.encode()):
            self.once = secrets.token_urlsafe(32)
            return True
        return secrets.compare_digest(token.encode("utf-8", "surrogateescape"), self.token.encode())


class Guard:
    """Lets through to ``app`` what may ask, and gives each answer the headers that keep it safe."""

    def __init__(self, app: ASGIApp, keys: Keys, hosts: frozenset[str]) -> None:
        """``hosts``: what ``Host`` may say, with the port."""
        self._app = app
        self._keys = keys
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it with 400 or 403 and a sentence."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        new_cookie = False

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                headers.setdefault("cache-control", "no-store")
                if new_cookie:
                    value = f"{self._keys.cookie_name}={self._keys.cookie}; Path=/; HttpOnly; SameSite=Strict"
                    headers.append("set-cookie", value)
            await send(message)

        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal is None and not self._has_cookie(headers):
            new_cookie = self._has_token(scope)
            if not new_cookie:
                refusal = PlainTextResponse(_ASK_AGAIN, 403)
        await (refusal or self._app)(scope, receive, send_safely)

    def _refusal(self, scope: Scope, headers: Headers) -> PlainTextResponse | None:
        """Why a request is refused whatever key it has."""
        if headers.get("host", "").lower() not in self._hosts:
            return PlainTextResponse("This page is not served under that name.\n", 400)
        arrives = scope["path"] == "/" and scope["method"] == "GET" and headers.get("sec-fetch-mode") == "navigate"
        if headers.get("sec-fetch-site", "none") not in ("same-origin", "none") and not arrives:
            return PlainTextResponse("Other sites may not ask.\n", 403)
        if scope["method"] not in _SAFE and headers.get("origin") not in {f"http://{host}" for host in self._hosts}:
            return PlainTextResponse("Only the page itself may change something.\n", 403)
        return None

    def _has_cookie(self, headers: Headers) -> bool:
        cookie = cookie_parser(headers.get("cookie", "")).get(self._keys.cookie_name, "")
        return secrets.compare_digest(cookie.encode("utf-8", "surrogateescape"), self._keys.cookie.encode())

    def _has_token(self, scope: Scope) -> bool:
        if scope["path"] != "/" or scope["method"] != "GET":
            return False
        tokens = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])
        return self._keys.accept(tokens[0])
