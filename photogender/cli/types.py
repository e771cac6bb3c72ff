"""Types of options and arguments: what can be typed, and the value it becomes."""

import math
import os
import re
import stat
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from photogender.labels import OLDEST, tidy_name
from photogender.source import absolute, is_remote
from photogender.text import printable

if TYPE_CHECKING:
    from photogender.labels import Gender
    from photogender.scanning.shard import Shard

_NUMBERS = re.compile(r"(?P<low>[0-9]{1,6})?(?P<sign>[-+])?(?P<high>[0-9]{1,6})?", re.ASCII)

_SHARD = re.compile(r"([0-9]{1,6})/([0-9]{1,6})", re.ASCII)

_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}){0,2}", re.ASCII)


class InputFile(click.File):
    """A file to read, or - for stdin; no device, and no named pipe, which would wait for a writer."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> IO[Any]:  # noqa: ANN401
        """The file, opened."""
        path = os.fspath(value)
        if path not in ("-", "/dev/stdin") and not path.startswith(("/dev/fd/", "/proc/self/fd/")):
            try:
                mode = os.stat(path).st_mode
            except OSError:
                mode = stat.S_IFREG  # opening it says why
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                self.fail(f"{printable(path)!r} is not a file. To read a stream, write - for stdin.", param, ctx)
        return super().convert(value, param, ctx)


class NumberRange(click.ParamType[tuple[int, int | None]]):
    """A range of whole numbers, both ends included: ``20-40``, ``20-`` or ``20+``, ``-12``, ``34``."""

    name = "range"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int | None]:
        """Least and most; None for no upper limit."""
        text = str(value)
        found = _NUMBERS.fullmatch(text.strip())
        low, sign, high = found.group("low", "sign", "high") if found else (None, None, None)
        if not (low or high) or (sign == "+" and high) or (sign is None and high):
            self.fail(f"{text!r} is not a range of whole numbers: write 2-5, 2+, -5 or 2.", param, ctx)
        least = int(low or 0)
        if sign is None:
            return least, least
        most = int(high) if high else None
        if most is not None and most < least:
            self.fail(f"{text!r} ends before it begins.", param, ctx)
        return least, most


_KINDS = {"adults": "adult", "children": "child", "women": "woman", "men": "man", "girls": "girl", "boys": "boy"}


class Composition(click.ParamType[tuple[tuple[str, tuple[int, int | None]], ...]]):
    """Who is in a photo: ``2 adults, 1 child``; numbers as in ``NumberRange``."""

    name = "who"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[tuple[str, tuple[int, int | None]], ...]:
        """Kinds of people (as in ``filters.KINDS``), each with the fewest and the most."""
        found: dict[str, tuple[int, int | None]] = {}
        for part in str(value).split(","):
            number, _, word = part.strip().partition(" ")
            kind = _KINDS.get(word.strip().lower(), word.strip().lower())
            if kind not in _KINDS.values() or kind in found:
                self.fail(f"{part.strip()!r} is not a number of {', '.join(_KINDS)}.", param, ctx)
            found[kind] = NumberRange().convert(number, param, ctx)
        counted_twice = ({"adult", "woman"}, {"adult", "man"}, {"child", "girl"}, {"child", "boy"})
        if any(both <= found.keys() for both in counted_twice):
            self.fail("count adults or women and men, children or girls and boys.", param, ctx)
        return tuple(found.items())


class DateRange(click.ParamType[tuple[str | None, str | None]]):
    """A range of dates, both ends included: ``2019``, ``2019..2021``, ``2019-05..``, ``..2020-03-01``."""

    name = "dates"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str | None, str | None]:
        """First and last, each as exact as it was typed; None for no limit."""
        text = str(value)
        first, dots, last = text.strip().partition("..")
        for end in (first, last):
            if end and not _is_date(end):
                self.fail(f"{end!r} is not a date: write a year, 2019-05 or 2019-05-31.", param, ctx)
        if not (first or last):
            self.fail(f"{text!r} is not a range of dates: write 2019..2021, 2019-05.., ..2020 or 2019.", param, ctx)
        if not dots:
            return first, first
        if first and last and f"{last}~" < first:  # "~" sorts after everything that a date can continue with
            self.fail(f"{text!r} ends before it begins.", param, ctx)
        return first or None, last or None


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    year, month, day = (*(int(part) for part in text.split("-")), 1, 1)[:3]
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


class AbsolutePath(click.Path):
    """An absolute path, as the catalog has it. It need not exist: its drive may not be connected."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ANN401
        """The absolute path, without links."""
        return absolute(os.fsdecode(super().convert(value, param, ctx)))


class FolderPair(click.ParamType[tuple[str, str]]):
    """Two absolute folders: ``/mnt/a=/mnt/b``."""

    name = "folders"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Both folders, without a slash at the end."""
        there, sign, here = str(value).partition("=")
        if not (sign and all(is_remote(each) or os.path.isabs(each) for each in (there, here))):
            self.fail(f"{value!r} is not two folders: write /mnt/a=/mnt/b.", param, ctx)
        there, here = (absolute(each) if is_remote(each) else os.path.normpath(each) for each in (there, here))
        return there, here


class ShardNumber(click.ParamType["Shard"]):
    """One of several shares: ``3/10``."""

    name = "shard"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> "Shard":
        """The share."""
        from photogender.scanning.shard import Shard

        found = _SHARD.fullmatch(str(value))
        if not found or not 1 <= int(found[1]) <= int(found[2]):
            self.fail(f"{value!r} is not a shard: write 3/10 for the third of ten.", param, ctx)
        return Shard(int(found[1]), int(found[2]))


class ClusterAddress(click.ParamType[str]):
    """``local``, or ``HOST:PORT``."""

    name = "address"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The address as it was typed."""
        text = str(value)
        host, _, port = text.rpartition(":")
        is_port = port.isascii() and port.isdigit() and 0 < int(port) < 65536
        if text != "local" and not (host and "/" not in host and is_port):
            self.fail(f"{text!r} is no address of a Ray cluster: write HOST:PORT, or local.", param, ctx)
        return text


class GenderChoice(click.Choice["Gender"]):
    """``female`` or ``male``, or their first letter."""

    def __init__(self) -> None:
        super().__init__(["female", "male"])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "Gender":  # noqa: ANN401
        """The word in full."""
        return super().convert({word[0]: word for word in self.choices}.get(value, value), param, ctx)


def tidied(_: click.Context, __: click.Parameter, name: str | None) -> str | None:
    """Callback of an option that names a person: tidies the name."""
    try:
        return None if name is None else tidy_name(name)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


class Years(click.FloatRange):
    """An age in years that a person can have."""

    def __init__(self) -> None:
        super().__init__(0, OLDEST)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401
        """The age; NaN is refused."""
        years: float = super().convert(value, param, ctx)
        if math.isnan(years):
            self.fail(f"{value!r} is not an age.", param, ctx)
        return years


class Numbers(click.ParamType[list[float]]):
    """Numbers separated by commas, or a range of integers: ``104,117,123``, ``0-100``."""

    name = "numbers"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> list[float]:
        """The numbers."""
        text = str(value)
        first, dash, last = text.partition("-")
        try:
            if dash and first:
                return list(map(float, range(int(first), int(last) + 1)))
            return [float(part) for part in text.split(",")]
        except ValueError:
            self.fail(f"{text!r} is not a list of numbers: write 104,117,123 or 0-100.", param, ctx)


class Size(click.ParamType[list[int]]):
    """Width and height: ``224x224``, or ``224`` for a square."""

    name = "size"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> list[int]:
        """Width and height in pixels."""
        width, _, height = str(value).lower().partition("x")
        try:
            return [int(width), int(height or width)]
        except ValueError:
            self.fail(f"{value!r} is not a size: write 224x224.", param, ctx)


class Words(click.ParamType[list[str]]):
    """Words separated by commas."""

    name = "words"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> list[str]:
        """The words."""
        return [word.strip() for word in str(value).split(",")]


class Mean(click.ParamType[Path | tuple[float, float, float]]):
    """A file, or three numbers."""

    name = "mean"

    def convert(
        self,
        value: str | Path | tuple[float, float, float],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Path | tuple[float, float, float]:
        """Three numbers, or else a path."""
        if not isinstance(value, str):
            return value
        try:
            numbers = tuple(map(float, value.split(",")))
        except ValueError:
            return Path(value)
        if len(numbers) != 3 or not all(map(math.isfinite, numbers)):
            self.fail("give three numbers (blue, green, red) or a file", param, ctx)
        return numbers


class Address(click.ParamType[str]):
    """An IP address of this machine, or ``localhost``."""

    name = "address"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The address in numbers."""
        text = "127.0.0.1" if value == "localhost" else str(value).strip("[]")
        try:
            address = ip_address(text)
        except ValueError:
            self.fail(f"{value!r} is not an IP address.", param, ctx)
        if address.is_unspecified:
            self.fail("name the one address that browsers will use.", param, ctx)
        return str(address)
