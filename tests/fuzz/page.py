"""Requests to the review page without a server in between."""

import asyncio
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

from photogender.review.answers import Settings
from photogender.review.app import make_app
from photogender.review.guard import Keys
from tests.fuzz.damage import scratch

HOST = "127.0.0.1:8000"


class Page:
    """The page of a catalog."""

    def __init__(self, catalog: Path) -> None:
        self.keys = Keys(8000)
        self._app = make_app(Settings(catalog, "me", scratch() / "cache"), self.keys, frozenset({HOST}))

    def cookie(self) -> dict[str, bytes]:
        """The headers of a browser that may see the page."""
        return {"host": HOST.encode(), "cookie": f"{self.keys.cookie_name}={self.keys.cookie}".encode()}

    def ask(self, method: str, path: str, query: str, headers: Mapping[str, bytes], body: bytes = b"") -> int:
        """Send a request; the status of the answer."""
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": self.keys.path + path,
            "raw_path": (self.keys.path + path).encode("utf-8", "surrogateescape"),
            "root_path": "",
            "query_string": query.encode("utf-8", "surrogatepass"),
            "headers": [(name.encode(), value) for name, value in headers.items()],
            "server": ("127.0.0.1", 8000),
            "client": ("127.0.0.1", 1),
        }
        return asyncio.run(self._answer(scope, body))

    def close(self) -> None:
        """End the page's threads."""
        asyncio.run(self._close())

    async def _close(self) -> None:
        async with self._app.router.lifespan_context(self._app):
            pass

    async def _answer(self, scope: dict[str, Any], body: bytes) -> int:
        status: list[int] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                status.append(message["status"])

        await self._app(scope, receive, send)
        return status[0]
