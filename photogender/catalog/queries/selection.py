"""Order, limit and random samples of the rows that match."""

import json
import random
from dataclasses import dataclass

from photogender.catalog.catalog import Catalog
from photogender.catalog.queries.filters import Condition, all_of
from photogender.catalog.sqlite.views import FACE_COLUMNS, PHOTO_COLUMNS


@dataclass(frozen=True, slots=True)
class Selection:
    """Which of the matching rows are returned, and in which order: by default all, by path."""

    sort: str | None = None
    """The column to sort by; None: the path. Equal values are sorted by path, empty values come last."""
    reverse: bool = False
    """From the largest value to the smallest."""
    limit: int | None = None
    """Return only the first rows."""
    sample: int | None = None
    """Return only this many rows, drawn at random with equal probability."""
    seed: int = 0
    """The same seed draws the same rows of the same catalog."""

    def __post_init__(self) -> None:
        if self.sort is not None and self.sort not in (*FACE_COLUMNS, *PHOTO_COLUMNS):
            raise ValueError(f"There is no column {self.sort}.")


ALL = Selection()


def ordered(selection: Selection, ties: str) -> str:
    """ORDER BY and LIMIT of an SQL query; ``ties`` are the columns that order equal values."""
    direction = "DESC" if selection.reverse else "ASC"
    by = f"{selection.sort} IS NULL, {selection.sort} {direction}, {ties}" if selection.sort else ties
    if selection.reverse and not selection.sort:
        by = ", ".join(f"{column} DESC" for column in ties.split(", "))
    return f"ORDER BY {by}" + ("" if selection.limit is None else f" LIMIT {int(selection.limit)}")


def drawn(catalog: Catalog, selection: Selection, key: str, table: str, condition: Condition) -> Condition:
    """A condition that a random sample of the rows of a table meets, out of those that meet another condition.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    sql = f"SELECT {key} FROM {table} WHERE {condition[0]} ORDER BY {key}"  # noqa: S608
    keys = [row[0] for row in catalog.fetch(sql, condition[1])]
    chosen = random.Random(selection.seed).sample(keys, min(selection.sample or 0, len(keys)))  # noqa: S311
    is_chosen = f"{key} IN (SELECT value FROM json_each(?))"  # noqa: S608
    return all_of([condition, (is_chosen, (json.dumps(chosen),))])
