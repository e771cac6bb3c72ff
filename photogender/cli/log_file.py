"""What a command prints while it works: on stderr, or with ``--log`` at the end of a file, each line with its time."""

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from photogender.cli.terminal import console
from photogender.errors import PhotogenderError

if TYPE_CHECKING:
    from rich.console import Console


class _Stamped(io.TextIOWrapper):
    """Puts the time before each line that is written."""

    _begins = True

    def write(self, text: str) -> int:
        for line in text.splitlines(keepends=True):
            super().write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}" if self._begins else line)
            self._begins = line.endswith("\n")
        return len(text)


@contextmanager
def messages(log: Path | None, *, quiet: bool, as_terminal: bool) -> Iterator["Console"]:
    """Where a command prints; what ends it with an error is written to the log as well.

    Args:
        log: The file; None: stderr.
        quiet: Print nothing, unless there is a log.
        as_terminal: As for ``console``.

    Raises:
        PhotogenderError: The file cannot be written.
    """
    if log is None:
        yield console(quiet=quiet, as_terminal=as_terminal)
        return
    from rich.console import Console

    try:
        file = open(log, "ab")  # noqa: SIM115 - closed below
    except OSError as error:
        raise PhotogenderError(f"{log} cannot be written: {error.strerror or error}.") from error
    with _Stamped(file, encoding="utf-8", errors="backslashreplace", line_buffering=True) as stream:
        shown = Console(file=stream, highlight=False, color_system=None, width=200)
        try:
            yield shown
        except PhotogenderError as error:
            shown.print(f"Error: {error.message}", soft_wrap=True, markup=False)
            raise
