"""One scan of a catalog at a time: two would examine the same photos twice."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from photogender.catalog.catalog import Catalog
from photogender.errors import BusyError, CatalogError
from photogender.output import lock


@contextmanager
def only_scan(catalog: Path) -> Iterator[None]:
    """Keep other scans of a catalog out, by a lock on ``.CATALOG.lock`` beside it, which ends with the process.

    The file is removed afterwards; it is a hidden one, so that no scan takes it for a photo. The folder is made.

    Raises:
        BusyError: Another scan of the catalog is running.
    """
    path = catalog.with_name(f".{catalog.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = open(path, "a", encoding="utf-8")  # noqa: SIM115 - closed below
    except OSError:  # in a folder that cannot be written no scan goes far; SQLite says why
        yield
        return
    with stream:
        # A file that is not there any more was that of a scan that has just ended, and a third one has a new file.
        if not (lock(stream) and _is_at(path, stream)):
            raise BusyError(
                f"Another scan of {catalog} is running.",
                "Wait until it is done, or stop it, and run the command again.",
            )
        try:
            yield
        finally:
            with suppress(OSError):  # Windows removes no open file
                os.remove(path)


@contextmanager
def opened_alone(path: Path) -> Iterator[Catalog]:
    """Open a catalog for writing, made if there is none, and keep scans out.

    A catalog that is made here and has no photo when an error ends the body is removed again: what is refused leaves
    nothing behind.

    Raises:
        BusyError: A scan of the catalog is running.
        CatalogError: It cannot be opened or made.
    """
    with only_scan(path):
        is_new = not path.exists()
        with Catalog(path, mode="write") as catalog:
            try:
                yield catalog
            except BaseException:
                if is_new and _is_empty(catalog):
                    catalog.close()
                    for end in ("", "-wal", "-shm"):
                        with suppress(OSError):
                            os.remove(f"{path}{end}")
                raise


def _is_empty(catalog: Catalog) -> bool:
    try:
        return catalog.fetch("SELECT 1 FROM pictures LIMIT 1").fetchone() is None
    except CatalogError:
        return False


def _is_at(path: Path, stream: IO[str]) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(stream.fileno()))
    except OSError:
        return False
