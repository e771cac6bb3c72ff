"""The page for a random sample: its faces alone, their estimates hidden until they are answered."""

from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from photogender.catalog.catalog import Catalog, Row
from photogender.catalog.said.corrections import Saved, record
from photogender.review.answers import Review, Settings
from photogender.review.corrections import Correction
from photogender.review.faces import faces, photo
from photogender.review.same_file import SameFile
from photogender.review.sample import Sample


class Sampled(Review):
    """The responses for a random sample."""

    def __init__(self, settings: Settings, file: SameFile, sample: Sample) -> None:
        super().__init__(settings, file)
        self._sample = sample
        self._facts = {"sample": len(sample), "can_draw": False}

    async def faces(self, request: Request) -> Response:
        """A page of the sample."""
        return JSONResponse(await self._readers.run(self._sample.page, request.query_params.get("after")))

    async def matching(self, request: Request) -> Response:
        """Nothing."""
        raise HTTPException(404, "A random sample is answered face by face.")

    async def overview(self, request: Request) -> Response:
        """How many faces there are, and how many are answered."""
        return JSONResponse(await self._readers.run(self._sample.counts))

    async def draw(self, request: Request) -> Response:
        """Nothing."""
        raise HTTPException(404, "In a random sample no face can be drawn.")

    def _shown(self, catalog: Catalog, face_ids: Sequence[int]) -> list[Row]:
        return self._sample.hide(catalog, faces(catalog, face_ids))

    def _photo(self, catalog: Catalog, photo_id: int) -> Row | None:
        found = photo(catalog, photo_id)
        return found and found | {"faces": self._sample.hide(catalog, found["faces"])}  # type: ignore[arg-type]

    def _save(self, catalog: Catalog, sent: Correction) -> Saved:
        self._sample.check(sent.seen, sent.statement)
        author = self._settings.author
        return record(catalog, tuple(sent.seen), sent.statement, author=author, seen=sent.seen, blind=True)
