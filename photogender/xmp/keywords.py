"""Keywords from what the catalog says of faces, by templates."""

from collections.abc import Iterable, Sequence
from string import Formatter
from typing import Any

from photogender.errors import PhotogenderError

DEFAULT_TEMPLATES = ("People|Age {age_group}", "People|{Gender}")

FIELDS = ("age_group", "age", "gender", "Gender", "name")
"""What may stand in braces: ``25-32`` (``60+``), ``31``, ``female``, ``Female``, the name of the person."""

SEPARATOR = "|"


def check_template(template: str) -> None:
    """Make sure that a template can be used.

    Raises:
        PhotogenderError: It names a field that is none, has an empty level, or braces that do not close.
    """
    try:
        named = [
            (field, spec, conversion) for _, field, spec, conversion in Formatter().parse(template) if field is not None
        ]
    except ValueError as error:
        raise PhotogenderError(f"{template!r} is not a template: {error}.") from error
    for field, spec, conversion in named:
        if field not in FIELDS or spec or conversion:
            known = ", ".join(f"{{{known}}}" for known in FIELDS)
            raise PhotogenderError(f"{template!r} has {{{field}}}; there are {known}.")
    if not all(level.strip() for level in template.split(SEPARATOR)) or not template.isprintable():
        raise PhotogenderError(f"{template!r} has an empty level, or characters that cannot be seen.")


def keywords(faces: Iterable[dict[str, Any]], templates: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The keywords of a photo, each once and as its levels, from the rows of its faces in ``tags``.

    A template with ``{name}`` says nothing of a face without one.
    """
    found = []
    for face in faces:
        values = {
            "age_group": f"{face['age_group'][:-1]}+" if face["age_group"].endswith("-") else face["age_group"],
            "age": int(face["age"]),
            "gender": face["gender"],
            "Gender": face["gender"].capitalize(),
            "name": visible(face["name"]).replace(SEPARATOR, "-"),
        }
        for template in templates:
            if values["name"] or "{name}" not in template:
                found.append(tuple(level.strip() for level in template.format_map(values).split(SEPARATOR)))
    return tuple(dict.fromkeys(found))


def visible(name: str | None) -> str:
    """A person's name as it can stand in XML and in one line; empty for none."""
    return " ".join("".join(c if c.isprintable() else " " for c in name or "").split())
