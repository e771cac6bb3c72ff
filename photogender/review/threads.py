"""Threads that SQL and decoding run on, so that the event loop never waits for either."""

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from photogender.catalog.catalog import Catalog
from photogender.catalog.database import Mode

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE_MS = 8000
"""How long a statement waits for another program's transaction, as a scan's: somebody sits before the page."""


class CatalogThreads:
    """A few threads, each with the catalog open for itself."""

    def __init__(self, catalog: Path, mode: Mode, threads: int) -> None:
        self._catalog = catalog
        self._mode = mode
        self._number = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"catalog-{mode}")
        self._local = threading.local()

    async def run(self, work: Callable[Concatenate[Catalog, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``work(catalog, ...)`` returns, or raises.

        Raises:
            CatalogError: The catalog cannot be opened any more.
        """
        return await asyncio.get_running_loop().run_in_executor(
            self._pool, lambda: work(self._opened(), *args, **kwargs)
        )

    def close(self) -> None:
        """Wait for what is being done, then close the catalog on each thread, as SQLite wants it."""
        all_here = threading.Barrier(self._number)  # no thread takes a second one of these jobs
        for _ in range(self._number):
            self._pool.submit(self._close_own, all_here)
        self._pool.shutdown()

    def _opened(self) -> Catalog:
        if not hasattr(self._local, "catalog"):
            catalog = Catalog(self._catalog, mode=self._mode)
            catalog.fetch(f"PRAGMA busy_timeout = {PATIENCE_MS}")
            self._local.catalog = catalog
        opened: Catalog = self._local.catalog
        return opened

    def _close_own(self, all_here: threading.Barrier) -> None:
        all_here.wait()
        if hasattr(self._local, "catalog"):
            self._local.catalog.close()


class PictureThreads:
    """A thread for each core."""

    def __init__(self) -> None:
        self.number = os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(self.number, thread_name_prefix="pictures")

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``work(...)`` returns, or raises."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: work(*args, **kwargs))

    def close(self) -> None:
        """Wait for what is being done, and do no more."""
        self._pool.shutdown(cancel_futures=True)
