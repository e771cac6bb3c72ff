"""Changes to people that a browser sends, checked and applied: what was said, names, and taking a change back."""

from photogender.catalog.catalog import Catalog
from photogender.catalog.said.lifetimes import Days
from photogender.catalog.said.persons import latest_change, person, say
from photogender.errors import ConflictError, PhotogenderError
from photogender.people.naming import merge_people, rename_person, undo_naming
from photogender.review.body import as_id, as_object, as_text
from photogender.review.question import BadRequestError


def say_facts(catalog: Catalog, body: bytes, author: str) -> dict[str, object]:
    """``name``, and any of ``gender``, ``born`` and ``died`` as text as ``people set`` takes it; empty: unknown.

    Raises:
        BadRequestError: The request or a value is wrong.
        NotFoundError: There is no such person.
        StatementError: The death would be before the birth.
    """
    sent = as_object(body, {"name", "gender", "born", "died"})
    name = as_text(sent, "name")
    given: dict[str, object] = {}
    for key in ("born", "died"):
        if key in sent:
            given[key] = _days(as_text(sent, key))
    if "gender" in sent:
        gender = as_text(sent, "gender")
        if gender not in ("", "female", "male"):
            raise BadRequestError("A gender is female or male.")
        given["gender"] = gender or None
    with catalog.transaction():
        before = person(catalog, name)
        facts = before.facts._replace(**given)  # type: ignore[arg-type]
        if facts != before.facts:
            say(catalog, before.name, facts, author=author)
    return {"name": before.name}


def rename(catalog: Catalog, body: bytes, author: str) -> dict[str, object]:
    """``name`` and ``new``.

    Raises:
        BadRequestError: The request is wrong.
        NotFoundError: There is no such person.
        ConflictError: Somebody has the new name.
        StatementError: It is none.
    """
    sent = as_object(body, {"name", "new"})
    new = as_text(sent, "new")
    number = rename_person(catalog, as_text(sent, "name"), new, author=author)
    return {"name": person(catalog, new).name, "faces": number}


def merge(catalog: Catalog, body: bytes, author: str) -> dict[str, object]:
    """``name``, and ``into``, the name that stays; answers with ``differences``, a sentence each.

    Raises:
        BadRequestError: The request is wrong.
        NotFoundError: One of them is not there.
        StatementError: Both are the same.
    """
    sent = as_object(body, {"name", "into"})
    into = person(catalog, as_text(sent, "into")).name
    number, differences = merge_people(catalog, into, [as_text(sent, "name")], author=author)
    return {"name": into, "faces": number, "differences": differences}


def undo(catalog: Catalog, body: bytes, author: str) -> dict[str, object]:
    """``change``, the id of the latest change; nothing is taken back if there is a later one.

    Raises:
        BadRequestError: The request is wrong.
        ConflictError: It is not the latest change.
        CatalogError: The catalog cannot be written.
    """
    wanted = as_id(as_object(body, {"change"}), "change")
    with catalog.transaction():
        latest = latest_change(catalog)
        if latest is None or latest.id != wanted:
            raise ConflictError("Something else was said of people since then, or it was taken back already.")
        undone = undo_naming(catalog)
    return {"what": undone.what, "names": undone.names, "left_alone": undone.left_alone}


def _days(text: str) -> Days | None:
    if not text.strip():
        return None
    try:
        return Days.read(text)
    except PhotogenderError as error:
        raise BadRequestError(error.message, error.hint) from error
