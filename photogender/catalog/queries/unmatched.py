"""Filters that cannot match, because they name something that is not in the catalog."""

import os
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from photogender.catalog.catalog import Catalog
from photogender.catalog.pictures.paths import start_of
from photogender.catalog.queries.filters import Filters, all_of, match_folder
from photogender.text import printable


def names_nothing(catalog: Catalog, filters: Filters) -> Iterator[str]:
    """A sentence for each filter whose folder, person or model is not in the catalog.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    if filters.folder:
        condition, values = all_of(match_folder(filters))
        if not catalog.fetch(f"SELECT 1 FROM photos WHERE {condition} LIMIT 1", values).fetchone():  # noqa: S608
            yield f"The catalog has no photos in {printable(filters.folder)}."
    asked = [*filters.with_people, *([] if filters.name is None else [filters.name])]
    names = person_names(catalog) if asked else []
    for name in asked:
        if name not in names:
            yield f"No face is named {printable(name)}.{near(name, names)}"
    if filters.model is not None:
        models = model_names(catalog)
        if filters.model not in models:
            known = f", only of {' and '.join(models)}" if models else ""
            yield f"The catalog has no estimates of the model {printable(filters.model)}{known}."


def person_names(catalog: Catalog) -> list[str]:
    """The names that people gave to faces, sorted.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    named = "SELECT face_id FROM corrections WHERE name IS NOT NULL"
    sql = f"SELECT DISTINCT name FROM tags WHERE name IS NOT NULL AND face_id IN ({named}) ORDER BY 1"  # noqa: S608
    return _column(catalog.fetch(sql))


def model_names(catalog: Catalog) -> list[str]:
    """The models that estimated the ages and genders of faces, sorted.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    sql = "SELECT name FROM models WHERE id IN (SELECT model_id FROM faces) ORDER BY 1"
    return list(dict.fromkeys(_column(catalog.fetch(sql))))


def folders_below(catalog: Catalog, beginning: str) -> list[str]:
    """The folders with photos that begin with some text, each up to its next separator; sorted.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    found = set()
    for (folder,) in catalog.fetch("SELECT DISTINCT folder FROM photos"):
        path = start_of(catalog.as_path(folder))
        if path.startswith(beginning):
            end = path.find(os.sep, len(beginning))
            found.add(path if end < 0 else path[: end + 1])
    return sorted(found)


def _column(rows: Iterable[tuple[object, ...]]) -> list[str]:
    return [str(value) for (value,) in rows]


def near(name: str, names: list[str]) -> str:
    """A question whether a name was meant that is like this one; empty if there is none."""
    by_folded = {each.casefold(): each for each in names}
    typed = name.casefold()
    near = [each for each in by_folded if typed and each.startswith(typed)] or get_close_matches(typed, by_folded, 1)
    return f" Did you mean {printable(by_folded[near[0]])}?" if near else ""
