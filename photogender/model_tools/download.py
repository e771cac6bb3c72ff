"""Downloads that resume, and that are complete and correct or not there at all.

Only single files are downloaded, for which the standard library is enough.
"""

import http.client
import os
import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from photogender import __version__
from photogender.errors import ModelError
from photogender.labels import DOWNLOAD_TIMEOUT
from photogender.models.file import sha256_of

Progress = Callable[[int, int | None], None]
"""Called with the bytes so far, and the total if the server reports it."""

_BLOCK = 1 << 18

_AGAIN = (
    "Try again later: the same command resumes where it stopped.\n"
    "Without a network: photogender models pull NAME --from FILE"
)

_SPACE = "Free some space, or set PHOTOGENDER_MODELS to a folder on another disk."


def download(
    url: str, target: Path, *, sha256: str, size: int | None, progress: Progress, timeout: float = DOWNLOAD_TIMEOUT
) -> None:
    """Download ``url`` into the file ``target``, whose folder exists.

    Until it is complete and its hash is right, the file is called ``NAME.part``. If the connection breaks or the
    user stops, and the server named the file's version (a strong ETag), the part stays and the next call requests the
    rest of the same version. Only one process may do this at a time. An empty ``sha256`` and a ``size`` of None are
    unknown and not checked.

    Raises:
        ModelError: The server cannot be reached, refuses, stops sending or sends another file; or the disk is
            full.
    """
    part = target.with_name(f"{target.name}.part")
    try:
        _fetch(url, part, size, progress, timeout)
        digest = sha256_of(part)
        if sha256 and digest != sha256:
            _discard(part)
            raise ModelError(
                f"{url} is not the expected file (SHA-256 {digest[:12]}…, expected {sha256[:12]}…). "
                "Nothing was installed.",
                "Try again later; if that does not help, the file on the server was replaced.",
            )
        with open(part, "rb+") as stream:
            os.fsync(stream.fileno())
        os.replace(part, target)
        _discard(part)
    except OSError as error:  # disk errors; network errors are handled in _network
        _discard(part)
        raise ModelError(f"{target} cannot be written: {error.strerror or error}.", _SPACE) from error


def _fetch(url: str, part: Path, size: int | None, progress: Progress, timeout: float) -> None:
    have, version = _begun(part, size)
    if have and have == size:
        return
    response = _open(url, have, version, timeout)
    if have and not _continues(response, have):
        if response.status != 200:  # it does not have the rest; with 200 it sends the whole file
            response.close()
            _discard(part)
            response = _open(url, 0, "", timeout)
        have = 0
    with response:
        length = response.headers.get("Content-Length", "")
        total = have + int(length) if length.isdecimal() else None
        if None not in (size, total) and total != size:
            _discard(part)
            raise ModelError(
                f"{url} is not the expected file: it has {total:,} bytes, expected {size:,}.",
                "Try again later; if that does not help, the file on the server was replaced.",
            )
        _need_space(part, (total or size or 0) - have)
        if not have:
            _note_version(part, response.headers.get("ETag", ""))
        _copy(url, response, part, have, total, size, progress, timeout)


def _copy(
    url: str,
    response: http.client.HTTPResponse,
    part: Path,
    have: int,
    total: int | None,
    size: int | None,
    progress: Progress,
    timeout: float,
) -> None:
    most = total if size is None else size
    progress(have, most)
    with open(part, "ab" if have else "wb") as stream:
        while True:
            with _network(url, timeout):
                block = response.read1(_BLOCK)
            if not block:
                break
            have += len(block)
            if most is not None and have > most:
                _discard(part)
                raise ModelError(f"{url} sends more than the expected {most:,} bytes.")
            stream.write(block)
            progress(have, most)
    if most is not None and have < most:
        raise ModelError(f"The connection to {url} ended early: got {have:,} of {most:,} bytes.", _AGAIN)


def _open(url: str, have: int, version: str, timeout: float) -> http.client.HTTPResponse:
    headers = {"User-Agent": f"photogender/{__version__}", "Accept-Encoding": "identity"}
    if have:
        headers |= {"Range": f"bytes={have}-", "If-Range": version}
    # Not urllib's default opener: it also follows file: and ftp: addresses from a spec or a redirect.
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    with _network(url, timeout):
        try:
            response: http.client.HTTPResponse = opener.open(
                urllib.request.Request(url, headers=headers),  # noqa: S310 - see the handlers
                timeout=timeout,
            )
        except urllib.error.HTTPError as error:
            if have and error.code == 416 and isinstance(error.fp, http.client.HTTPResponse):
                return error.fp
            raise
    return response


@contextmanager
def _network(url: str, timeout: float) -> Iterator[None]:
    """Turn network errors into sentences."""
    try:
        yield
    except urllib.error.HTTPError as error:
        hint = "The file is no longer there." if error.code in (404, 410) else _AGAIN
        raise ModelError(
            f"{url} cannot be downloaded: the server answered {error.code} {error.reason}.", hint
        ) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        cause = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(cause, TimeoutError):
            raise ModelError(f"{url} sent nothing for {timeout:g} seconds.", _AGAIN) from error
        why = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
        raise ModelError(f"{url} cannot be downloaded: {why}.", _AGAIN) from error


def _begun(part: Path, size: int | None) -> tuple[int, str]:
    """Bytes of an earlier download that can be resumed, and its version (ETag)."""
    try:
        have, version = part.stat().st_size, _version_file(part).read_text("latin-1")
    except OSError:
        return 0, ""
    return (have, version) if version and (size is None or have <= size) else (0, "")


def _continues(response: http.client.HTTPResponse, have: int) -> bool:
    starts = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return response.status == 206 and starts is not None and int(starts[1]) == have


def _note_version(part: Path, tag: str) -> None:
    """Keep the server's name of this version of the file; a weak ETag does not promise the same bytes."""
    _discard(part)
    if tag.startswith('"'):
        _version_file(part).write_text(tag, "latin-1")


def _version_file(part: Path) -> Path:
    return part.with_name(f"{part.name}-etag")


def _discard(part: Path) -> None:
    for path in (part, _version_file(part)):
        with suppress(OSError):
            path.unlink()


def _need_space(part: Path, more: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if free < more:
        raise ModelError(
            f"The disk of {part.parent} is too full: {more / 1e6:,.0f} MB are needed, {free / 1e6:,.0f} MB are free.",
            _SPACE,
        )
