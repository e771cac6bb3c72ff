"""Access control: only the browser that was given the address may send requests, and only from the page itself.

Any web page that is open in a browser can send requests to this machine. These measures keep it from reading or
changing anything:

- a random token in the address, exchanged at once for a cookie that scripts cannot read and that is not sent with
  requests from other sites (``SameSite=Strict``);
- a random path that everything is below, to which the cookie is bound: other servers on this machine, such as a second
  page, never receive it, though cookies do not distinguish ports;
- the ``Host`` header must be the served address, which stops DNS rebinding (a foreign name that resolves to this
  machine);
- requests that change something must have the page's own ``Origin``, and requests that another site or port caused
  (``Sec-Fetch-Site``) are refused;
- a content security policy: the page loads only its own files and runs no inline scripts.
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

_ASK_AGAIN = "Open this page with the complete address that photogender review printed: it contains a key.\n"
_SAFE = ("GET", "HEAD")


class Keys:
    """The secrets of one run of the server."""

    def __init__(self, port: int) -> None:
        self.token = secrets.token_urlsafe(32)
        """Part of the printed address."""
        self.once = secrets.token_urlsafe(32)
        """Part of the address that a browser is started with. Other users can see it in the process list, so it is
        valid for one request only."""
        self.path = f"/{secrets.token_hex(6)}"
        """Everything is below it."""
        self.cookie = secrets.token_urlsafe(32)
        self.cookie_name = f"photogender-{port}"

    def accept(self, token: str) -> bool:
        """Whether a token opens the page."""
        if secrets.compare_digest(token.encode("utf-8", "surrogateescape"), self.once.encode()):
            self.once = secrets.token_urlsafe(32)
            return True
        return secrets.compare_digest(token.encode("utf-8", "surrogateescape"), self.token.encode())


class Guard:
    """Passes allowed requests to ``app`` and adds security headers to every response."""

    def __init__(self, app: ASGIApp, keys: Keys, hosts: frozenset[str]) -> None:
        """``hosts``: accepted values of the ``Host`` header, with the port."""
        self._app = app
        self._keys = keys
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it with status 400 or 403 and a sentence."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        new_cookie = False
        scope = {**scope, "root_path": self._keys.path}

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                headers.setdefault("cache-control", "no-store")
                if new_cookie:
                    name, where = self._keys.cookie_name, f"Path={self._keys.path}/"
                    value = f"{name}={self._keys.cookie}; {where}; HttpOnly; SameSite=Strict"
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
        """The refusal of a request that no key makes acceptable; None: it may pass."""
        if headers.get("host", "").lower() not in self._hosts:
            return PlainTextResponse("This page is not served under this name.\n", 400)
        arrives = self._is_entrance(scope) and scope["method"] == "GET" and headers.get("sec-fetch-mode") == "navigate"
        if headers.get("sec-fetch-site", "none") not in ("same-origin", "none") and not arrives:
            return PlainTextResponse("Requests from other sites are refused.\n", 403)
        if scope["method"] not in _SAFE and headers.get("origin") not in {f"http://{host}" for host in self._hosts}:
            return PlainTextResponse("Only the page itself may make changes.\n", 403)
        if not scope["path"].startswith(f"{self._keys.path}/"):
            return PlainTextResponse(_ASK_AGAIN, 403)
        return None

    def _is_entrance(self, scope: Scope) -> bool:
        return bool(scope["path"] == f"{self._keys.path}/")

    def _has_cookie(self, headers: Headers) -> bool:
        cookie = cookie_parser(headers.get("cookie", "")).get(self._keys.cookie_name, "")
        return secrets.compare_digest(cookie.encode("utf-8", "surrogateescape"), self._keys.cookie.encode())

    def _has_token(self, scope: Scope) -> bool:
        if not self._is_entrance(scope) or scope["method"] != "GET":
            return False
        tokens = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])
        return self._keys.accept(tokens[0])
