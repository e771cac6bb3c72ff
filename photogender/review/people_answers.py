"""The routes about people."""

from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from photogender.catalog.catalog import Catalog
from photogender.review.body import read_body
from photogender.review.groups import confirm, ignore, join, one_group, reject, stacks
from photogender.review.people import all_people, one_person
from photogender.review.people_changes import merge, rename, say_facts, undo
from photogender.review.threads import CatalogThreads

Change = Callable[[Catalog, bytes, str], dict[str, object]]
"""Applies what a browser sent, said by an author, and returns the response."""


class PeopleAnswers:
    """The responses about people."""

    def __init__(self, readers: CatalogThreads, writer: Callable[[], CatalogThreads], author: str) -> None:
        """``writer`` raises ``HTTPException`` if nothing may be changed; ``author`` is recorded with every change."""
        self._readers = readers
        self._writer = writer
        self._author = author

    def routes(self) -> list[Route]:
        """All routes about people."""
        changes: dict[str, Change] = {"set": say_facts, "rename": rename, "merge": merge, "undo": undo}
        of_groups: dict[str, Change] = {"confirm": confirm, "reject": reject, "join": join, "ignore": ignore}
        return [
            Route("/api/people", self.all),
            Route("/api/person", self.one),
            Route("/api/groups", self.groups),
            Route("/api/groups/{id:int}", self.group),
            *(Route(f"/api/people/{name}", self._change(change), methods=["POST"]) for name, change in changes.items()),
            *(Route(f"/api/groups/{name}", self._change(each), methods=["POST"]) for name, each in of_groups.items()),
        ]

    async def all(self, request: Request) -> Response:
        """All people."""
        return JSONResponse(await self._readers.run(all_people))

    async def one(self, request: Request) -> Response:
        """One person, named by ``name``."""
        name = request.query_params.get("name")
        if not name:
            raise HTTPException(400, "The request names nobody.")
        return JSONResponse(await self._readers.run(one_person, name))

    async def groups(self, request: Request) -> Response:
        """The groups of faces to name."""
        return JSONResponse(await self._readers.run(stacks))

    async def group(self, request: Request) -> Response:
        """One group of faces."""
        return JSONResponse(await self._readers.run(one_group, request.path_params["id"]))

    def _change(self, change: Change) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            writer = self._writer()
            return JSONResponse(await writer.run(change, await read_body(request), self._author))

        return answer
