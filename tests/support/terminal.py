"""The program in a real terminal of a given size."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from typing import NamedTuple


class Shown(NamedTuple):
    """What the program left on the terminal."""

    code: int
    text: str


def in_terminal(
    *args: object,
    columns: int = 80,
    environment: dict[str, str] | None = None,
    answer: bytes = b"",
    interrupt_after: str | float = "",
) -> Shown:
    """Run ``photogender`` with stdin, stdout and stderr on a pseudo-terminal.

    Args:
        args: The command line.
        columns: Width of the terminal in characters.
        environment: Variables to set besides the present ones.
        answer: Typed at once.
        interrupt_after: Press Ctrl-C when this text has been shown, or after so many seconds.
    """
    unset = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")
    variables = {name: value for name, value in os.environ.items() if name not in unset}
    main, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "photogender", *map(str, args)],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**variables, "TERM": "xterm-256color", **(environment or {})},
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(terminal)
    os.write(main, answer)
    told = b""
    if isinstance(interrupt_after, float):
        threading.Timer(interrupt_after, os.write, (main, b"\x03")).start()
        interrupt_after = ""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if not select.select([main], [], [], 1)[0]:
            continue
        try:
            part = os.read(main, 65536)
        except OSError:  # Linux: the other end was closed
            break
        if not part:
            break
        told += part
        if interrupt_after and interrupt_after.encode() in told:
            interrupt_after = ""
            time.sleep(0.3)  # a signal between a question and its reading would be heard after the next key only
            os.write(main, b"\x03")
    else:
        process.send_signal(signal.SIGKILL)
    os.close(main)
    return Shown(process.wait(30), told.decode(errors="replace").replace("\r\n", "\n"))
