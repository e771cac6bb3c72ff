"""What a browser sends in the body of a request: JSON, read and checked."""

import json

from starlette.exceptions import HTTPException
from starlette.requests import Request

from photogender.catalog.said.statement import is_id
from photogender.review.question import BadRequestError

_MOST_BODY = 1_000_000

MOST_FACES = 5000
"""Most faces in one request."""


async def read_body(request: Request) -> bytes:
    """The body of a request.

    Raises:
        BadRequestError: It is not declared as JSON.
        HTTPException: It is too large.
    """
    if request.headers.get("content-type") != "application/json":
        raise BadRequestError("Corrections must be sent as application/json.")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_BODY:
            raise HTTPException(413, "The request is too large.")
    return body


def as_object(body: bytes, keys: set[str]) -> dict[str, object]:
    """An object with no other keys than ``keys``.

    Raises:
        BadRequestError: It is not JSON, no object, or has other keys.
    """
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequestError("The request is not JSON.") from error
    if not isinstance(sent, dict) or set(sent) - keys:
        raise BadRequestError(f"Expected an object with {', '.join(sorted(keys))}.")
    return sent


def as_text(sent: dict[str, object], key: str) -> str:
    """A text of an object.

    Raises:
        BadRequestError: It is missing, or something else.
    """
    value = sent.get(key)
    if not isinstance(value, str):
        raise BadRequestError(f"{key} must be a text.")
    return value


def as_id(sent: dict[str, object], key: str) -> int:
    """An id of an object.

    Raises:
        BadRequestError: It is missing, or something else.
    """
    value = sent.get(key)
    if not is_id(value):
        raise BadRequestError(f"{key} must be a positive whole number.")
    assert isinstance(value, int)  # noqa: S101 - is_id
    return value


def as_ids(sent: dict[str, object], key: str) -> list[int]:
    """A list of ids of an object, at most ``MOST_FACES``.

    Raises:
        BadRequestError: It is missing, empty, or something else.
    """
    value = sent.get(key)
    if not isinstance(value, list) or not 0 < len(value) <= MOST_FACES or not all(map(is_id, value)):
        raise BadRequestError(f"{key} must be a list of 1 to {MOST_FACES:,} positive whole numbers.")
    return list(dict.fromkeys(value))
