"""The ASGI application: the routes behind the guard, and errors as JSON."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from photogender.catalog.catalog import Catalog
from photogender.catalog.said.statement import StatementError
from photogender.errors import CatalogError, ConflictError, NotFoundError, PhotogenderError
from photogender.review.answers import Review, Settings
from photogender.review.guard import Guard, Keys
from photogender.review.question import BadRequestError
from photogender.review.same_file import SameFile
from photogender.review.sample import Sample
from photogender.review.sampled import Sampled
from photogender.text import printable

_STATUS: tuple[tuple[type[PhotogenderError], int], ...] = (
    (BadRequestError, 400),
    (StatementError, 400),
    (NotFoundError, 404),
    (ConflictError, 409),
    (CatalogError, 503),
)
"""The first that fits counts; of any other error it is 404: a photo that cannot be shown."""


def make_app(settings: Settings, keys: Keys, hosts: frozenset[str]) -> Starlette:
    """The review page as an ASGI application.

    Args:
        settings: Which catalog, and whether it may be changed.
        keys: The secrets that a browser must present.
        hosts: Accepted values of the ``Host`` header, with the port.

    Raises:
        CatalogError: The catalog is missing, is not a catalog, or cannot be opened in the required mode.
        PhotogenderError: A sample is asked for, but there is no face.
    """
    with Catalog(settings.catalog, mode="read" if settings.read_only else "change") as catalog:
        size = settings.sample
        sample = Sample(catalog, size, settings.seed, settings.author) if size else None
    file = SameFile(settings.catalog)
    review = Review(settings, file) if sample is None else Sampled(settings, file, sample)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        review.close()

    return Starlette(
        routes=review.routes(),
        middleware=[Middleware(Guard, keys=keys, hosts=hosts)],
        exception_handlers={HTTPException: _explain, PhotogenderError: _explain},
        lifespan=lifespan,
    )


async def _explain(request: Request, error: Exception) -> Response:
    """An error as JSON: ``error`` says what happened, ``hint`` what to do about it."""
    if isinstance(error, HTTPException):
        return JSONResponse({"error": error.detail, "hint": ""}, error.status_code)
    assert isinstance(error, PhotogenderError)  # noqa: S101 - the only other type this is registered for
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 404)
    return JSONResponse({"error": printable(error.message), "hint": printable(error.hint)}, status)
