"""The routes of the page and their responses."""

import asyncio
import importlib.resources
import mimetypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from photogender.catalog.catalog import Catalog, Row
from photogender.catalog.said.corrections import Saved, record, undo
from photogender.catalog.said.drawn import add_face
from photogender.labels import AGE_GROUPS, LAST_DECADE, LONGEST_NAME, OLDEST
from photogender.review.body import MOST_FACES, read_body
from photogender.review.cache import FaceCache
from photogender.review.choices import choices, known_folder
from photogender.review.corrections import Correction, read_correction, read_undo
from photogender.review.drawing import Estimate, read_box, sketch
from photogender.review.faceless import faceless
from photogender.review.faces import faces, photo
from photogender.review.overview import Overview, version
from photogender.review.people_answers import PeopleAnswers
from photogender.review.pictures import (
    LARGE_SIDE,
    PHOTO_SIDE,
    SMALL_SIDE,
    Pictures,
    Source,
    source_of_face,
    source_of_photo,
)
from photogender.review.question import Question, read_question, write_after
from photogender.review.same_file import SameFile
from photogender.review.threads import CatalogThreads, PictureThreads
from photogender.review.unlikely import Unlikely
from photogender.review.waiting import waiting_corrections
from photogender.review.wall import matching, page, source

P = ParamSpec("P")

READERS = 4
"""Threads that read the catalog: for a page and its counts, while the previous query may still be running."""

_FOR_AN_HOUR = {"cache-control": "private, max-age=3600"}
_REVALIDATE = {"cache-control": "no-cache"}


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of ``photogender review``."""

    catalog: Path
    author: str
    """Recorded with every correction."""
    cache: Path
    """The folder for cached pictures of faces."""
    read_only: bool = False
    sample: int | None = None
    """Show only a random sample of this many faces, their estimates hidden until they are answered."""
    seed: int = 0
    """Of the sample."""
    estimate: Estimate | None = None
    """For faces that a person draws; None: none can be drawn."""


class Review:
    """The responses, and the threads that compute them."""

    def __init__(self, settings: Settings, file: SameFile) -> None:
        self._settings = settings
        self._readers = CatalogThreads(file, "read", READERS)
        self._watcher = CatalogThreads(file, "read", 1)
        self._overview = Overview()
        self._unlikely = Unlikely()
        self._writer = None if settings.read_only else CatalogThreads(file, "change", 1)
        self._painters = PictureThreads()
        self._painting = asyncio.Semaphore(self._painters.number)
        self._pictures = Pictures(FaceCache(settings.cache))
        self._static = _static_files()
        self._people = PeopleAnswers(self._readers, self._may_write, settings.author)
        self._facts: dict[str, object] = {}

    def routes(self) -> list[Route]:
        """All routes. A browser names faces and photos by id, and static files by a fixed list of names."""
        return [
            Route("/", self.index),
            Route("/people", self.people),
            Route("/static/{name}", self.static),
            Route("/faces/{id:int}.jpg", self.face_picture),
            Route("/photos/{id:int}.jpg", self.photo_picture),
            Route("/api/settings", self.settings),
            Route("/api/choices", self.choices),
            Route("/api/faces", self.faces),
            Route("/api/matching", self.matching),
            Route("/api/overview", self.overview),
            Route("/api/waiting", self.waiting),
            Route("/api/faceless", self.faceless),
            Route("/api/photos/{id:int}", self.photo),
            Route("/api/photos/{id:int}/faces", self.draw, methods=["POST"]),
            Route("/api/corrections", self.correct, methods=["POST"]),
            Route("/api/undo", self.undo, methods=["POST"]),
            *self._people.routes(),
        ]

    def close(self) -> None:
        """Stop the threads when their current work is done."""
        for threads in (self._painters, self._readers, self._watcher, self._writer):
            if threads:
                threads.close()

    async def index(self, request: Request) -> Response:
        """The HTML of the page."""
        return Response(self._static["index.html"], media_type="text/html", headers=_REVALIDATE)

    async def people(self, request: Request) -> Response:
        """The HTML of the page of people."""
        return Response(self._static["people.html"], media_type="text/html", headers=_REVALIDATE)

    async def static(self, request: Request) -> Response:
        """A static file."""
        name = request.path_params["name"]
        if name not in self._static:
            raise HTTPException(404, "There is no such file.")
        return Response(self._static[name], media_type=mimetypes.guess_type(name)[0], headers=_REVALIDATE)

    async def settings(self, request: Request) -> Response:
        """What the page needs before it can build itself."""
        return JSONResponse(
            {
                "read_only": self._settings.read_only,
                "author": self._settings.author,
                "oldest": OLDEST,
                "longest_name": LONGEST_NAME,
                "most_faces": MOST_FACES,
                "last_decade": LAST_DECADE,
                "age_groups": AGE_GROUPS,
                "can_draw": self._settings.estimate is not None and not self._settings.read_only,
                **self._facts,
            }
        )

    async def choices(self, request: Request) -> Response:
        """The values that filters can take."""
        return JSONResponse(await self._readers.run(choices))

    async def faces(self, request: Request) -> Response:
        """A page of the wall of faces."""
        question = read_question(request.query_params)
        found = await self._readers.run(page, question, await self._reasons(question))
        return JSONResponse({"faces": found.faces, "after": found.after and write_after(found.after)})

    async def matching(self, request: Request) -> Response:
        """All faces that match, with what is needed to correct them."""
        question = read_question(request.query_params)
        only = await self._reasons(question)
        return JSONResponse({"faces": await self._readers.run(matching, question, only)})

    async def overview(self, request: Request) -> Response:
        """Counts for the wall and its charts."""

        def count(catalog: Catalog, question: Question, at: int) -> dict[str, object]:
            asked = known_folder(catalog, question.filters), at, source(question, only)
            return self._overview.numbers(catalog, *asked)

        question = read_question(request.query_params)
        only = await self._reasons(question)
        return JSONResponse(await self._readers.run(count, question, await self._watcher.run(version)))

    async def waiting(self, request: Request) -> Response:
        """Corrections whose face no photo shows now."""
        return JSONResponse(await self._readers.run(waiting_corrections))

    async def faceless(self, request: Request) -> Response:
        """Photos in which no face was found."""
        question = read_question(request.query_params)
        beyond = request.query_params.get("beyond")
        return JSONResponse(await self._readers.run(faceless, question.filters, beyond))

    async def photo(self, request: Request) -> Response:
        """A photo and its faces."""
        found = await self._readers.run(self._photo, _id(request))
        if found is None:
            raise HTTPException(404, "There is no such photo in the catalog.")
        return JSONResponse(found)

    async def face_picture(self, request: Request) -> Response:
        """A face as JPEG."""
        face_id = _id(request)
        source = await self._source(source_of_face, face_id)
        return await self._picture(request, self._pictures.face, source, face_id)

    async def photo_picture(self, request: Request) -> Response:
        """A photo as JPEG."""
        source = await self._source(source_of_photo, _id(request))
        given = request.query_params
        side = LARGE_SIDE if given.get("large") == "yes" else SMALL_SIDE if given.get("small") == "yes" else PHOTO_SIDE
        return await self._picture(request, self._pictures.photo, source, side)

    async def correct(self, request: Request) -> Response:
        """Record a correction of those faces that are as the person saw them.

        The response holds the ids of the new corrections by face (``saved``), the faces that the catalog does not have
        (``missing``), those that changed since they were shown (``outdated``), and all ``faces`` as they are now.
        """
        writer = self._may_write()
        sent = read_correction(await read_body(request))
        saved = await writer.run(self._save, sent)
        return JSONResponse(
            {
                "saved": saved.corrections,
                "missing": saved.missing,
                "outdated": saved.outdated,
                "faces": await self._readers.run(self._shown, tuple(sent.seen)),
            }
        )

    async def draw(self, request: Request) -> Response:
        """Add a face that a person drew on a photo; the response holds it, as it is now (``face``)."""
        writer, estimate = self._may_write(), self._settings.estimate
        if estimate is None:
            raise HTTPException(404, "No face can be drawn here.")
        photo_id, sides = _id(request), read_box(await read_body(request))
        drawn = await self._readers.run(sketch, photo_id, sides)
        if drawn is None:
            raise HTTPException(404, "There is no such photo in the catalog.")
        source = drawn.source
        found = await self._painters.run(estimate, source.photo, source.long_side, drawn.box, drawn.model)
        face_id = await writer.run(add_face, photo_id, found, drawn.model, author=self._settings.author)
        (shown,) = await self._readers.run(faces, [face_id])
        return JSONResponse({"face": shown})

    async def undo(self, request: Request) -> Response:
        """Take back these very corrections, if they are the latest of their faces.

        The response holds the ids that are not the latest any more (``not_latest``), those that the catalog does not
        have (``missing``), and the named ``faces`` as they are now.
        """
        writer = self._may_write()
        sent = read_undo(await read_body(request))
        undone = await writer.run(undo, sent.corrections)
        return JSONResponse(
            {
                "not_latest": undone.not_latest,
                "missing": undone.missing,
                "faces": await self._readers.run(self._shown, sent.faces),
            }
        )

    def _shown(self, catalog: Catalog, face_ids: Sequence[int]) -> list[Row]:
        return faces(catalog, face_ids)

    def _photo(self, catalog: Catalog, photo_id: int) -> Row | None:
        return photo(catalog, photo_id)

    def _save(self, catalog: Catalog, sent: Correction) -> Saved:
        return record(catalog, tuple(sent.seen), sent.statement, author=self._settings.author, seen=sent.seen)

    async def _reasons(self, question: Question) -> dict[int, str] | None:
        """What cannot be of the faces, if that is asked for; None: it is not."""
        if not question.unlikely:
            return None
        return await self._readers.run(self._unlikely.reasons, await self._watcher.run(version))

    async def _picture(self, request: Request, make: Callable[P, bytes], *args: P.args, **kwargs: P.kwargs) -> Response:
        async with self._painting:
            if await request.is_disconnected():  # scrolled past or filtered out while it waited
                return Response(status_code=499)
            picture = await self._painters.run(make, *args, **kwargs)
        return Response(picture, media_type="image/jpeg", headers=_FOR_AN_HOUR)

    async def _source(self, find: Callable[[Catalog, int], Source | None], key: int) -> Source:
        source = await self._readers.run(find, key)
        if source is None:
            raise HTTPException(404, "It is not in the catalog any more.")
        return source

    def _may_write(self) -> CatalogThreads:
        if self._writer is None:
            raise HTTPException(403, "This page was opened with --read-only: nothing can be changed.")
        return self._writer


def _static_files() -> dict[str, bytes]:
    folder = importlib.resources.files("photogender.review") / "static"
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def _id(request: Request) -> int:
    key: int = request.path_params["id"]
    if key >= 2**63:  # larger than an SQLite integer
        raise HTTPException(404, "There is no such id in the catalog.")
    return key
