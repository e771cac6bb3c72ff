"""Damage to a file, as a hypothesis strategy: bytes changed, removed, repeated, cut off, or of another file."""

import atexit
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

fuzzed = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "60")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""For each fuzz test: few examples with the other tests, many in a round of ``python -m tests.fuzz``."""

_EXTREMES = (
    b"\0",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\xff\xff",
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\0\1",
)

_NUMBERS = [*b"0 1 -1 1.5 -500 255 4294967295 9223372036854775808 1e308 -1e308 1e999 nan -inf".split(), b"9" * 400]

_NUMBER = re.compile(rb"-?[0-9][0-9.]*")


@cache
def scratch() -> Path:
    """A folder for this process, removed when it ends."""
    folder = tempfile.mkdtemp(prefix="photogender-fuzz-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


@st.composite
def damaged(draw: st.DrawFn, seeds: Sequence[bytes], text: bool = False) -> bytes:
    """One of the files with up to eight damages; sometimes unharmed. In a text, numbers become extreme ones as well."""
    content = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(0, 8))):
        # Most of a format's structure is at its beginning.
        end = len(content) if draw(st.booleans()) else min(len(content), 200)
        at = draw(st.integers(0, end))
        length = draw(st.integers(0, 64))
        match draw(st.integers(0, 8 if text else 6)):
            case 0:
                content[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
            case 1:
                extreme = draw(st.sampled_from(_EXTREMES))
                content[at : at + len(extreme)] = extreme
            case 2:
                del content[at : at + length]
            case 3:
                content[at:at] = content[at : at + length] * draw(st.integers(1, 4))
            case 4:
                content[at:at] = draw(st.binary(max_size=32))
            case 5:
                del content[at:]
            case 6:
                other = draw(st.sampled_from(seeds))
                start = draw(st.integers(0, len(other)))
                content[at:] = other[start:]
            case _:
                if number := _NUMBER.search(content, at):
                    content[number.start() : number.end()] = draw(st.sampled_from(_NUMBERS))
    return bytes(content)
