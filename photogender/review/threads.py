"""Threads that SQL and decoding run on, so that the event loop never waits for either."""

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, Literal, ParamSpec, TypeVar

from photogender.catalog import Catalog

P = ParamSpec("P")
T = TypeVar("T")


class CatalogThreads:
    """A few threads, each with the catalog open for itself."""

    def __init__(self, catalog: Path, mode: Literal["read", "write"], threads: int) -> None:
        self._catalog = catalog
        self._mode = mode
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
        """Wait for what is being done; each thread takes its open catalog with it."""
        self._pool.shutdown(cancel_futures=True)

    def _opened(self) -> Catalog:
        if not hasattr(self._local, "catalog"):
            self._local.catalog = Catalog(self._catalog, mode=self._mode)
        opened: Catalog = self._local.catalog
        return opened


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
