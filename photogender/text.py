"""How names and numbers are written for a person."""


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
