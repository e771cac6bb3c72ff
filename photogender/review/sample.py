"""A random sample of the faces of a catalog, to be answered with the estimates hidden."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from heapq import nsmallest

from photogender.catalog.catalog import Catalog, Row
from photogender.catalog.said.statement import Statement, checked_author
from photogender.errors import PhotogenderError
from photogender.review.faces import faces
from photogender.review.question import BadRequestError
from photogender.review.wall import PAGE


class Sample:
    """Faces drawn with equal probability, and who answers them. Those not answered come first, as they were drawn."""

    def __init__(self, catalog: Catalog, size: int, seed: int, author: str) -> None:
        """Draw ``size`` faces, or all if there are fewer; the same seed draws the same ones.

        Raises:
            PhotogenderError: There is no face.
            CatalogError: The catalog cannot be read.
            StatementError: The author is not a name.
        """
        self._author = checked_author(author)
        drawn = draw(catalog, size, seed)
        if not drawn:
            raise PhotogenderError(f"There is no face in {catalog.path}.", "Find some with: photogender scan FOLDER")
        answered = self._answered(catalog, drawn)
        self._faces = sorted(drawn, key=answered.__contains__)
        self._known = frozenset(drawn)

    def __len__(self) -> int:
        """How many faces there are."""
        return len(self._faces)

    def page(self, catalog: Catalog, after: str | None) -> dict[str, object]:
        """Some ``faces``, and ``after``: where the next page begins, or None. None begins with the first.

        Raises:
            BadRequestError: ``after`` is none.
            CatalogError: The catalog cannot be read.
        """
        if after is not None and not (after.isascii() and after.isdecimal() and len(after) < 10):
            raise BadRequestError("after must come from an earlier response.")
        start = int(after or 0)
        end = start + PAGE
        found = self.hide(catalog, faces(catalog, self._faces[start:end]))
        return {"faces": found, "after": str(end) if end < len(self._faces) else None}

    def hide(self, catalog: Catalog, rows: Sequence[Row]) -> list[Row]:
        """The faces of the sample among ``rows``; ``hidden`` says that the estimates may not be shown yet.

        Raises:
            CatalogError: The catalog cannot be read.
        """
        own = [row for row in rows if row["id"] in self._known]
        answered = self._answered(catalog, [int(str(row["id"])) for row in own])
        unknown = {"hidden": True, "reviewed": False, "name": None}
        return [row | ({} if row["id"] in answered else unknown) for row in own]

    def counts(self, catalog: Catalog) -> dict[str, object]:
        """The number of ``faces``, and how many of them the author answered (``reviewed``).

        Raises:
            CatalogError: The catalog cannot be read.
        """
        return {"faces": len(self), "reviewed": len(self._answered(catalog, self._faces))}

    def check(self, face_ids: Iterable[int], statement: Statement) -> None:
        """Check that it answers faces of the sample.

        Raises:
            BadRequestError: It does not say both gender and age, or that there is no face; or of another face.
        """
        if not statement.not_a_face and (statement.gender is None or statement.age is None):
            raise BadRequestError("In a random sample an answer says gender and age, or that it is not a face.")
        if not self._known.issuperset(face_ids):
            raise BadRequestError("This face is not in the random sample.")

    def _answered(self, catalog: Catalog, face_ids: Iterable[int]) -> set[int]:
        sql = (
            "SELECT face_id FROM corrections WHERE blind AND author = ? AND face_id IN (SELECT value FROM json_each(?))"
        )
        return {face for (face,) in catalog.fetch(sql, [self._author, json.dumps(list(face_ids))])}


def draw(catalog: Catalog, size: int, seed: int) -> list[int]:
    """Faces with equal probability, in random order; each addition to the catalog changes few of them.

    Those with the lowest hashes: Cohen and Kaplan (2007), "Summarizing data using bottom-k sketches".

    Raises:
        CatalogError: The catalog cannot be read.
    """
    sql = "SELECT faces.id FROM faces JOIN photos ON photos.id = photo_id WHERE skipped_stage IS NULL"

    def order(face: int) -> bytes:
        return hashlib.blake2b(f"{seed} {face}".encode(), digest_size=16).digest()

    return nsmallest(size, (face for (face,) in catalog.fetch(sql)), key=order)
