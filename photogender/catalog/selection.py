"""Which of the rows that match are wanted, and in which order."""

import json
import random
from dataclasses import dataclass

from photogender.catalog.catalog import Catalog
from photogender.catalog.columns import FACE_COLUMNS, PHOTO_COLUMNS
from photogender.catalog.filters import Condition, all_of


@dataclass(frozen=True, slots=True)
class Selection:
    """Order and number of rows; by default all of them, by path."""

    sort: str | None = None
    """One of the columns asked for; None: the path. Rows of equal value come by path, empty values last."""
    reverse: bool = False
    """The largest value first."""
    limit: int | None = None
    """At most this many, the first in the order."""
    sample: int | None = None
    """Of all rows that match only this many, drawn at random with equal chances."""
    seed: int = 0
    """Of the draw: the same seed draws the same rows of the same catalog."""

    def __post_init__(self) -> None:
        if self.sort is not None and self.sort not in (*FACE_COLUMNS, *PHOTO_COLUMNS):
            raise ValueError(f"There is no column {self.sort}.")


ALL = Selection()


def ordered(selection: Selection, ties: str) -> str:
    """The end of an SQL query: order and limit; ``ties`` are the columns that follow the one that sorts."""
    direction = "DESC" if selection.reverse else "ASC"
    by = f"{selection.sort} IS NULL, {selection.sort} {direction}, {ties}" if selection.sort else ties
    if selection.reverse and not selection.sort:
        by = ", ".join(f"{column} DESC" for column in ties.split(", "))
    return f"ORDER BY {by}" + ("" if selection.limit is None else f" LIMIT {int(selection.limit)}")


def drawn(catalog: Catalog, selection: Selection, key: str, table: str, condition: Condition) -> Condition:
    """The condition that draws ``selection.sample`` of the rows of a table that meet another condition.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    sql = f"SELECT {key} FROM {table} WHERE {condition[0]} ORDER BY {key}"  # noqa: S608
    keys = [row[0] for row in catalog.fetch(sql, condition[1])]
    chosen = random.Random(selection.seed).sample(keys, min(selection.sample or 0, len(keys)))  # noqa: S311
    is_chosen = f"{key} IN (SELECT value FROM json_each(?))"  # noqa: S608
    return all_of([condition, (is_chosen, (json.dumps(chosen),))])
