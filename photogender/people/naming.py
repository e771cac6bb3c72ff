"""New names for people, in the catalog and in the file of likeness alike."""

from collections.abc import Sequence

from photogender.catalog.catalog import Catalog
from photogender.catalog.said.likeness import Likeness, likeness_path
from photogender.catalog.said.persons import UndoneChange, merge, rename, undo_change
from photogender.catalog.said.statement import checked_name


def rename_person(catalog: Catalog, name: str, new: str, *, author: str) -> int:
    """``persons.rename``; whom faces are *not* follows."""
    number = rename(catalog, name, new, author=author)
    _follow(catalog, [name], new)
    return number


def merge_people(catalog: Catalog, name: str, others: Sequence[str], *, author: str) -> tuple[int, list[str]]:
    """``persons.merge``; whom faces are *not* follows."""
    result = merge(catalog, name, others, author=author)
    _follow(catalog, others, name)
    return result


def undo_naming(catalog: Catalog) -> UndoneChange:
    """``persons.undo_change``; faces that were not the renamed person are not the person under the old name."""
    undone = undo_change(catalog)
    if undone.what == "rename":
        _follow(catalog, [undone.names[1]], undone.names[0])
    return undone


def _follow(catalog: Catalog, names: Sequence[str], new: str) -> None:
    if likeness_path(catalog.path).exists():
        with Likeness(catalog) as likeness:
            for name in names:
                likeness.rename(checked_name(name), checked_name(new))
