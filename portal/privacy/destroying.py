"""Destroying rows with everything that hangs on them, found by the foreign keys themselves."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from portal.core.database import Model

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Column, Table
    from sqlalchemy.orm import Session


def hanging_on(table: Table) -> Iterator[tuple[Table, Column[uuid.UUID]]]:
    """Yield the tables whose rows belong to a row of `table`, and the column that says to which."""
    for other in Model.metadata.sorted_tables:
        for key in other.foreign_key_constraints:
            if key.referred_table is table and other is not table:
                yield other, next(c for c in key.columns if c.name != "tenant_id")


def destroy(
    session: Session, tenant_id: int, table: Table, ids: Sequence[uuid.UUID]
) -> Counter[str]:
    """Delete these rows and all that hangs on them; return how many of each table."""
    gone: Counter[str] = Counter()
    if not ids:
        return gone
    for other, column in hanging_on(table):
        below = session.scalars(
            select(other.c.id).where(other.c.tenant_id == tenant_id, column.in_(ids))
        ).all()
        gone += destroy(session, tenant_id, other, below)
    deleted = session.execute(
        delete(table)
        .where(table.c.tenant_id == tenant_id, table.c.id.in_(ids))
        .returning(table.c.id)
    ).all()
    gone[table.name] += len(deleted)
    return gone


def left_of(session: Session, tenant_id: int, table: Table, ids: Sequence[uuid.UUID]) -> int:
    """Return how many of these rows are there, and of those that say they hang on them."""
    found = (
        session.scalar(
            select(func.count())
            .select_from(table)
            .where(table.c.tenant_id == tenant_id, table.c.id.in_(ids))
        )
        or 0
    )
    for other, column in hanging_on(table):
        found += (
            session.scalar(
                select(func.count())
                .select_from(other)
                .where(other.c.tenant_id == tenant_id, column.in_(ids))
            )
            or 0
        )
    return found
