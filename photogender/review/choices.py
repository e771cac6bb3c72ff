"""The values that the filters of the page offer: folders, people and models."""

from collections.abc import Iterable
from dataclasses import replace

from photogender.catalog.catalog import Catalog
from photogender.catalog.pictures.paths import with_parents
from photogender.catalog.queries.filters import Filters
from photogender.text import printable


def choices(catalog: Catalog) -> dict[str, list[str]]:
    """The values that filters can take: ``folders`` with their parents, ``names`` of people, ``models``.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    names = """
        SELECT DISTINCT said.name
        FROM corrections AS said JOIN faces ON faces.id = said.face_id AND faces.correction_id = said.id
        WHERE said.name IS NOT NULL ORDER BY said.name
    """
    models = "SELECT name FROM models WHERE id IN (SELECT DISTINCT model_id FROM runs) ORDER BY name"
    return {
        "folders": [printable(folder) for folder in _folders(catalog)],
        "names": [name for (name,) in catalog.fetch(names)],
        "models": list(dict.fromkeys(name for (name,) in catalog.fetch(models))),
    }


def known_folder(catalog: Catalog, filters: Filters) -> Filters:
    """The filters with the folder as the catalog stores it; the page shows and sends unprintable names escaped.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    if not filters.folder or "\\" not in filters.folder:
        return filters
    named = (folder for folder in _folders(catalog) if printable(folder) == filters.folder)
    return replace(filters, folder=next(named, filters.folder))


def _folders(catalog: Catalog) -> Iterable[str]:
    """Every folder with photos and its parents, up to their common one (on each drive), sorted."""
    return with_parents(str(row["folder"]) for row in catalog.rows("SELECT DISTINCT folder FROM photos"))
