"""Threads for SQL and decoding, so that neither blocks the event loop."""

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

from photogender.catalog.catalog import Catalog
from photogender.catalog.sqlite.database import Mode
from photogender.review.same_file import SameFile

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE_MS = 8000
"""How long a statement waits for the transaction of another program, such as a scan, while a person waits."""


class CatalogThreads:
    """A few threads, each with its own connection to the catalog."""

    def __init__(self, file: SameFile, mode: Mode, threads: int) -> None:
        self._file = file
        self._mode = mode
        self._number = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"catalog-{mode}")
        self._local = threading.local()

    async def run(self, work: Callable[Concatenate[Catalog, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call ``work(catalog, ...)`` on a thread; returns its result or raises its exception.

        Raises:
            CatalogError: The catalog can no longer be opened, or is not the same file any more.
        """

        def checked() -> T:
            self._file.check()
            result = work(self._opened(), *args, **kwargs)
            self._file.check()  # a change of a file that is gone is lost
            return result

        return await asyncio.get_running_loop().run_in_executor(self._pool, checked)

    def close(self) -> None:
        """Wait for the current work, then close each connection on the thread that opened it, as SQLite requires."""
        all_here = threading.Barrier(self._number)  # so that each thread takes exactly one of these jobs
        for _ in range(self._number):
            self._pool.submit(self._close_own, all_here)
        self._pool.shutdown()

    def _opened(self) -> Catalog:
        if not hasattr(self._local, "catalog"):
            catalog = Catalog(self._file.path, mode=self._mode)
            catalog.fetch(f"PRAGMA busy_timeout = {PATIENCE_MS}")
            self._local.catalog = catalog
        opened: Catalog = self._local.catalog
        return opened

    def _close_own(self, all_here: threading.Barrier) -> None:
        all_here.wait()
        if hasattr(self._local, "catalog"):
            self._local.catalog.close()


class PictureThreads:
    """One thread per core."""

    def __init__(self) -> None:
        self.number = os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(self.number, thread_name_prefix="pictures")

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call ``work(...)`` on a thread; returns its result or raises its exception."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: work(*args, **kwargs))

    def close(self) -> None:
        """Wait for the current work and drop what is queued."""
        self._pool.shutdown(cancel_futures=True)
