"""Rewriting the paths of a subtree, wherever in the schema they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, literal, select, update

from portal.audit import Entry
from portal.core import tree
from portal.core.database import Model, TreePath

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Column, Table
    from sqlalchemy.orm import Session

_TYPE = TreePath.__metadata__[0].column.type  # type: ignore[attr-defined]


def columns() -> Iterator[tuple[Table, Column[str]]]:
    """Yield every column that holds where in the tree a row belongs.

    Not those of the audit: an entry says where a thing was done, and is never altered.
    """
    for table in Model.metadata.sorted_tables:
        if "tenant_id" in table.columns and table is not Entry.__table__:
            for column in table.columns:
                if column.type is _TYPE:
                    yield table, column


def rewrite(session: Session, tenant_id: int, old: str, new: str) -> None:
    """Put every row at or beneath the path `old` at the same place beneath `new`.

    A ``parent_path`` beside the path of the unit itself becomes the path above `new`.
    """
    session.flush()
    low, high = tree.bounds(old)
    for table, column in columns():
        moved = literal(new) + func.substr(column, len(old) + 1)
        session.execute(
            update(table)
            .where(table.c.tenant_id == tenant_id, column >= low, column < high)
            .values({column.name: moved})
        )
    for table, column in columns():
        if column.name == "parent_path" and "path" in table.columns:
            session.execute(
                update(table)
                .where(table.c.tenant_id == tenant_id, table.c.path == new)
                .values(parent_path=tree.parent(new))
            )
    session.expire_all()


def astray(session: Session, tenant_id: int) -> dict[str, int]:
    """Return how many rows of a tenant lie elsewhere than the unit they belong to, by table."""
    unit = Model.metadata.tables["unit"]
    found = {}
    for table, column in columns():
        if column.name != "path" or "unit_id" not in table.columns:
            continue
        count = session.scalar(
            select(func.count())
            .select_from(table)
            .join(unit, (unit.c.tenant_id == table.c.tenant_id) & (unit.c.id == table.c.unit_id))
            .where(table.c.tenant_id == tenant_id, unit.c.path != column)
        )
        if count:
            found[table.name] = count
    return found
