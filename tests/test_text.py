"""Names and numbers as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photogender.text import as_utf8, duration


@given(st.binary())
def test_any_file_name_becomes_utf8_and_stays_as_it_is_if_it_was(name: bytes) -> None:
    text = as_utf8(name.decode(errors="surrogateescape"))
    assert text.encode().decode() == name.decode(errors="backslashreplace")


@pytest.mark.parametrize(
    ("text", "expected"), [("Zoë", "Zoë"), ("caf\udce9", r"caf\xe9"), ("\udcff\udcfe", r"\xff\xfe")]
)
def test_bytes_that_are_not_utf8_are_escaped(text: str, expected: str) -> None:
    assert as_utf8(text) == expected


@pytest.mark.parametrize(("seconds", "text"), [(4.21, "4.2 s"), (75, "75 s"), (720, "12 min"), (11_100, "3 h 05 min")])
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text
