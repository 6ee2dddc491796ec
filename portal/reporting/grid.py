"""Grids over facts: a cell counts the persons that meet its row and its column.

The same conditions are counted in two ways: over persons in memory, for a filing that also keeps
the persons; and by the database, for whole subtrees and for the list behind a number. A property
test holds both against a naive count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import and_, false, not_, or_, true

from portal.extension.conditions import (
    All,
    Always,
    Any_,
    Between,
    Condition,
    Has,
    Is,
    Not,
    OneOf,
    holds,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from portal.extension.contracts import Table


def cells_of(tables: Iterable[Table]) -> tuple[str, ...]:
    """Return the cells of `tables` in catalogue order."""
    return tuple(cell for table in tables for cell in table.cells())


def split(cell: str) -> tuple[str, str, str]:
    """Return table, row and column of a cell; a register's row count has neither.

    >>> split("t4:01.2"), split("t5:rows")
    (('t4', '01', '2'), ('t5', '', ''))
    """
    table, _, place = cell.partition(":")
    row, _, column = place.partition(".")
    return (table, row, column) if column else (table, "", "")


def count(tables: Sequence[Table], persons: Iterable[Mapping[str, Any]]) -> NDArray[np.int32]:
    """Count `persons` (facts by name) in every cell of `tables`, in catalogue order."""
    sizes = [len(table.cells()) for table in tables]
    figures = np.zeros(sum(sizes), dtype="<i4")
    for facts in persons:
        start = 0
        for table, size in zip(tables, sizes, strict=True):
            if table.is_register:
                figures[start] += holds(table.when, facts)
            else:
                _add(figures[start : start + size], table, facts)
            start += size
    return figures


def _add(part: NDArray[np.int32], table: Table, facts: Mapping[str, Any]) -> None:
    """Add one person to the cells of a grid, in place."""
    rows = [holds(row.when, facts) for row in table.rows]
    if any(rows):
        columns = np.array([holds(column.when, facts) for column in table.columns], dtype="<i4")
        part += np.outer(rows, columns).reshape(-1)


def condition_of(table: Table, cell: str) -> Condition:
    """Return whom a cell of `table` counts.

    Raises:
        KeyError: the table has no such cell.
    """
    _, row, column = split(cell)
    if table.is_register:
        return table.when
    rows = {line.code: line.when for line in table.rows}
    columns = {line.code: line.when for line in table.columns}
    parts = tuple(c for c in (rows[row], columns[column]) if c != Always())
    return All(parts) if len(parts) > 1 else (parts[0] if parts else Always())


def to_sql(condition: Condition, row: Any) -> Any:  # noqa: PLR0911
    """Compile `condition` to an SQL condition over the fact columns of `row` (a record)."""
    match condition:
        case Always():
            return true()
        case Is(fact, value):
            column = getattr(row, fact)
            return column.is_(value) if isinstance(value, bool) else column == value
        case OneOf(fact, values):
            return getattr(row, fact).in_(values)
        case Between(fact, low, high):
            column = getattr(row, fact)
            ends = [column >= low] if low is not None else []
            ends += [column <= high] if high is not None else []
            return and_(column.is_not(None), *ends)
        case Has(fact, value):
            return ("|" + getattr(row, fact) + "|").contains(f"|{value}|", autoescape=True)
        case All(conditions):
            return and_(true(), *(to_sql(each, row) for each in conditions))
        case Any_(conditions):
            return or_(false(), *(to_sql(each, row) for each in conditions))
        case Not(inner):
            return not_(to_sql(inner, row))


def pack(figures: NDArray[np.int32]) -> bytes:
    """Return figures as stored: int32, little-endian, catalogue order."""
    return figures.astype("<i4").tobytes()


def unpack(packed: bytes, size: int) -> NDArray[np.int32]:
    """Return stored figures, of `size` cells; an older, shorter catalogue is filled with zeros.

    New cells are only ever added at the end of a catalogue, so a vector keeps its meaning.
    """
    figures = np.zeros(size, dtype="<i4")
    stored = np.frombuffer(packed, dtype="<i4")[:size]
    figures[: len(stored)] = stored
    return figures


def add_up(packed: Iterable[bytes], size: int) -> NDArray[np.int32]:
    """Return the sum of stored figures, cell by cell."""
    total = np.zeros(size, dtype=np.int64)
    for each in packed:
        stored = np.frombuffer(each, dtype="<i4")[:size]
        total[: len(stored)] += stored
    return total.astype("<i4")
