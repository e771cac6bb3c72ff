"""How names and numbers are written for a person."""

LONGEST_NAME = 200
"""Characters that the name of a person may have."""

OLDEST = 130
"""Years; the most that can be said of an age."""


def printable(name: str) -> str:
    """A file name that is safe to print: control characters and bytes that are not UTF-8 become escapes."""
    if name.isprintable():
        return name
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in name)


def tail(name: str, width: int) -> str:
    """The end of a long name, in at most ``width`` characters, with an ellipsis before it."""
    return name if len(name) <= width else "…" + name[len(name) - width + 1 :]


def count(number: int, noun: str) -> str:
    """A number with thousands separated and its noun, in the plural where it must be."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def tidy_name(name: str) -> str:
    """The name of a person as it is kept: in one line, with single blanks and without control characters.

    Raises:
        ValueError: It is too long, or is no text; the message is a sentence.
    """
    tidy = " ".join("".join(" " if ord(c) < 32 or c in "\x7f\u2028\u2029" else c for c in name).split())
    if len(tidy) > LONGEST_NAME:
        raise ValueError(f"A name has at most {LONGEST_NAME} characters.")
    try:
        tidy.encode()
    except UnicodeEncodeError as error:
        raise ValueError("The name holds half a character.") from error
    return tidy
