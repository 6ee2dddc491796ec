"""Which columns are sealed, and which are found by the digest of another: read from the tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal.core.database import Model
from portal.members import bulk

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Column, Table

_ENDING = "_sealed"


@dataclass(frozen=True, slots=True)
class Searched:
    """A column of keyed digests: of which sealed column of the row, and how it is made."""

    table: str
    column: str
    of: str
    made: Callable[[int, str], bytes]


SEARCHED = (
    Searched("member", "id_digest", "id_sealed", bulk.id_digest),
    Searched("member", "tail_digest", "id_sealed", lambda t, text: bulk.tail_digest(t, text[-4:])),
)


def tables() -> list[tuple[Table, tuple[Column[bytes], ...]]]:
    """Return every table that has sealed columns, and these."""
    found = []
    for table in Model.metadata.sorted_tables:
        columns = tuple(column for column in table.c if column.name.endswith(_ENDING))
        if columns:
            found.append((table, columns))
    return found


def searched_in(table: str) -> tuple[Searched, ...]:
    """Return the columns of digests of one table."""
    return tuple(each for each in SEARCHED if each.table == table)
