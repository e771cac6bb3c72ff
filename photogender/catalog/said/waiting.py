"""Corrections whose face no photo shows now: they wait, and are never deleted by a scan."""

from collections.abc import Iterator

from photogender.catalog.catalog import Catalog, Row
from photogender.catalog.said.corrections import State
from photogender.catalog.said.corrections_file import imported_lines


def waiting(catalog: Catalog) -> Iterator[Row]:
    """The latest correction of each face that no photo shows now, by path; then those imported for others.

    Columns: ``face_id`` (None if the catalog does not have the face), ``correction_id``, ``path`` (where its picture
    was last), ``name``, ``gender``, ``age``, ``not_a_face``, ``author``, ``created_at``.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    yield from catalog.rows(
        "SELECT faces.id AS face_id, said.id AS correction_id, coalesce(path, former_path) AS path, "
        "said.name, said.gender, said.age, said.not_a_face, said.author, said.created_at "
        "FROM faces JOIN corrections AS said ON said.id = faces.correction_id "
        "JOIN pictures ON pictures.id = faces.photo_id "
        "WHERE pictures.path IS NULL OR pictures.skipped_stage IS NOT NULL ORDER BY 3, 1"
    )
    for _, line in imported_lines(catalog):
        said, *entry = line.entries[-1][:4] if line.entries else (State(), False, "", "")
        keys = ("face_id", "correction_id", "path", "name", "gender", "age", "not_a_face", "author", "created_at")
        yield dict(zip(keys, (None, None, line.photo, said.name, said.gender, said.age, *entry), strict=True))
