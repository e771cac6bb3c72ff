"""Keywords for a photo, made from the faces in the catalog and templates."""

from collections.abc import Iterable, Sequence
from string import Formatter
from typing import Any

from photogender.errors import PhotogenderError

DEFAULT_TEMPLATES = ("People|Age {age_group}", "People|{Gender}")

FIELDS = ("age_group", "age", "gender", "Gender", "name", "age_from", "gender_from")
"""Fields of a template: ``25-32`` (``60+``), ``31``, ``female``, ``Female``, the person's name, and where age and
gender come from: ``estimate``, ``person`` or ``reviewed``."""

SEPARATOR = "|"


def check_template(template: str) -> None:
    """Check a template.

    Raises:
        PhotogenderError: It has an unknown field, an empty level or an unclosed brace.
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
            raise PhotogenderError(f"{template!r} has {{{field}}}. The fields are {known}.")
    if not all(level.strip() for level in template.split(SEPARATOR)) or not template.isprintable():
        raise PhotogenderError(f"{template!r} has an empty level or unprintable characters.")


def keywords(faces: Iterable[dict[str, Any]], templates: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The keywords of a photo without duplicates, each as its levels, from the rows of its faces in ``tags``.

    A template with ``{name}`` gives no keyword for a face without a name.
    """
    found = []
    for face in faces:
        values = {
            "age_group": f"{face['age_group'][:-1]}+" if face["age_group"].endswith("-") else face["age_group"],
            "age": int(face["age"]),
            "gender": face["gender"],
            "Gender": face["gender"].capitalize(),
            "name": visible(face["name"]).replace(SEPARATOR, "-"),
            "age_from": face["age_from"],
            "gender_from": face["gender_from"],
        }
        for template in templates:
            if values["name"] or "{name}" not in template:
                found.append(tuple(level.strip() for level in template.format_map(values).split(SEPARATOR)))
    return tuple(dict.fromkeys(found))


def visible(name: str | None) -> str:
    """A person's name on one line, without the characters that XML forbids; empty if there is none."""
    return " ".join("".join(c if c.isprintable() else " " for c in name or "").split())
