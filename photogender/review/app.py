"""The page as an ASGI application: its answers behind their guard, and its errors as sentences."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from photogender.catalog.catalog import Catalog
from photogender.errors import CatalogError, PhotogenderError
from photogender.review.answers import Review, Settings
from photogender.review.guard import Guard, Keys
from photogender.review.question import BadRequestError
from photogender.text import printable


def make_app(settings: Settings, keys: Keys, hosts: frozenset[str]) -> Starlette:
    """The page as an ASGI application, behind its guard.

    Args:
        settings: What it shows, and whether it may write.
        keys: What a browser must have to ask.
        hosts: What a browser may call the server, each with its port.

    Raises:
        CatalogError: The catalog is missing, is none, or cannot be opened as asked for.
    """
    Catalog(settings.catalog, mode="read" if settings.read_only else "change").close()
    review = Review(settings)

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
    """An error as JSON: ``error``, a sentence, and ``hint``, what to do about it."""
    if isinstance(error, HTTPException):
        return JSONResponse({"error": error.detail, "hint": ""}, error.status_code)
    assert isinstance(error, PhotogenderError)  # noqa: S101 - the only other kind this is registered for
    status = 503 if isinstance(error, CatalogError) else 400 if isinstance(error, BadRequestError) else 404
    return JSONResponse({"error": printable(error.message), "hint": printable(error.hint)}, status)
