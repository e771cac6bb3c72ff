"""Forgetting: photos, folders and people are removed with all that is stored of them."""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from photogender.catalog.catalog import Catalog
from photogender.catalog.pictures.gone import Gone
from photogender.catalog.pictures.places import Place, choose_path, places_of
from photogender.catalog.said.corrections_file import imported_lines
from photogender.catalog.said.likeness import Likeness, likeness_path
from photogender.catalog.said.persons import forget_person


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is forgotten with some files and folders."""

    photos: tuple[int, ...]
    """The photos that are nowhere else."""
    copies: tuple[Place, ...]
    """Files whose photos have another file, which is not gone: those photos stay."""
    stays: str
    """Another file of the first of ``copies``; empty without any."""


def files_at(catalog: Catalog, paths: Sequence[str]) -> Chosen:
    """What is or was one of ``paths``, or in one of these folders.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    sql = "SELECT photo_id, path FROM places UNION SELECT id, former_path FROM pictures WHERE path IS NULL ORDER BY 2"
    inside = dict.fromkeys(key for key, found in catalog.fetch(sql) if _is_inside(catalog.as_path(found), paths))
    gone = Gone(catalog)
    photos, copies, stay = [], [], []
    for photo_id in inside:
        places = places_of(catalog, photo_id)
        others = [place.path for place in places if not (_is_inside(place.path, paths) or gone(place.path))]
        if others:
            copies += [place for place in places if _is_inside(place.path, paths)]
            stay += others
        else:
            photos.append(photo_id)
    return Chosen(tuple(photos), tuple(copies), stay[0] if stay else "")


def _is_inside(path: str, folders: Sequence[str]) -> bool:
    return any(path == folder or path.startswith(os.path.join(folder, "")) for folder in folders)


def faces_named(catalog: Catalog, name: str) -> list[int]:
    """The faces that have, or once had, a name."""
    return [key for (key,) in catalog.fetch("SELECT DISTINCT face_id FROM corrections WHERE name = ?", [name])]


def imported_at(catalog: Catalog, paths: Sequence[str]) -> list[int]:
    """What was imported for faces of the photos ``paths``, or of photos in the folders ``paths``, by row."""
    return [key for key, line in imported_lines(catalog) if _is_inside(line.photo, paths)]


def imported_of(catalog: Catalog, name: str) -> list[int]:
    """What was imported for faces that have, or once had, a name, by row."""
    return [key for key, line in imported_lines(catalog) if name in (entry.said.name for entry in line.entries)]


def forget_imported(catalog: Catalog, keys: Iterable[int]) -> None:
    """Remove rows of what was imported."""
    with catalog.transaction():
        for key in keys:
            catalog.fetch("DELETE FROM imported WHERE id = ?", [key])
    _clean(catalog)


def forget_files(catalog: Catalog, chosen: Chosen, folders: Sequence[str]) -> None:
    """Remove photos with their faces and corrections, copies of others, and what is stored of ``folders``."""
    sql = "SELECT id FROM faces WHERE photo_id = ?"
    _forget_likeness(catalog, [key for photo in chosen.photos for (key,) in catalog.fetch(sql, [photo])])
    catalog.remove(chosen.photos)
    with catalog.transaction():
        for place in chosen.copies:
            catalog.fetch("DELETE FROM places WHERE id = ?", [place.id])
        for photo_id in dict.fromkeys(place.photo_id for place in chosen.copies):
            choose_path(catalog, photo_id)
        for table in ("roots", "folders"):
            for (path,) in catalog.fetch(f"SELECT path FROM {table}").fetchall():  # noqa: S608
                if _is_inside(catalog.as_path(path), folders):
                    catalog.fetch(f"DELETE FROM {table} WHERE path = ?", [path])  # noqa: S608
        for run, text in catalog.fetch("SELECT id, roots FROM runs").fetchall():
            kept = [path for path in _strings(text) if not _is_inside(path, folders)]
            catalog.fetch("UPDATE runs SET roots = ? WHERE id = ?", [json.dumps(kept), run])
    _clean(catalog)


def _strings(text: object) -> list[str]:
    """The strings of a JSON list; none of a damaged one, of which nothing is kept."""
    try:
        found = json.loads(text) if isinstance(text, str) else []
    except (ValueError, RecursionError):
        return []
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def photos_of(catalog: Catalog, face_ids: Sequence[int]) -> list[int]:
    """The photos that some faces are in."""
    found = (catalog.fetch("SELECT photo_id FROM faces WHERE id = ?", [key]).fetchone() for key in face_ids)
    return list(dict.fromkeys(row[0] for row in found if row))


def forget_faces(catalog: Catalog, face_ids: Sequence[int], name: str) -> None:
    """Remove the faces of a person with their corrections, and the name; their photos stay."""
    _forget_likeness(catalog, face_ids, name)
    with catalog.transaction():
        for face_id in face_ids:
            catalog.fetch("DELETE FROM faces WHERE id = ?", [face_id])
        forget_person(catalog, name)
    _clean(catalog)


def _forget_likeness(catalog: Catalog, face_ids: Sequence[int], name: str | None = None) -> None:
    """Remove the descriptors, too. First: if that fails, the faces are still there to be forgotten."""
    if likeness_path(catalog.path).exists():
        with Likeness(catalog) as likeness:
            likeness.forget(face_ids, name)


def _clean(catalog: Catalog) -> None:
    """Leave nothing of it in the write-ahead log; deleted pages were overwritten with zeros."""
    catalog.fetch("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
