"""Proving a restored database: rows, chain, and whether what is sealed opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from portal import tables
from portal.audit import verifying
from portal.backup import copying
from portal.core import crypto
from portal.core.crypto import KeyMissing
from portal.core.database import open_engine

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Column, Connection, Table

    from portal.audit.heads import Signed

SAMPLE = 20


def faults(url: str, counts: Mapping[str, int], heads: list[Signed]) -> list[str]:
    """Return what is wrong with the database at `url`, held against what was backed up."""
    engine = open_engine(url, owner=True)
    try:
        with engine.connect() as connection:
            found = copying.difference(counts, copying.counts(connection))
            found += _broken_pages(connection)
            found += list(_sealed_shut(connection))
        with Session(engine) as session:
            for number in verifying.tenants(session):
                mine = [head for head in heads if head.tenant_id == number]
                outcome = verifying.verify(session, number, heads=mine)
                if outcome.words is not None:
                    found.append(f"tenant {number}, {outcome.diverges_at}: {outcome.words}")
    finally:
        engine.dispose()
    return found


def _broken_pages(connection: Connection) -> list[str]:
    if connection.dialect.name != "sqlite":
        return []
    said = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
    return [] if said == ["ok"] else [str(line) for line in said[:5]]


def sealed_columns() -> Iterator[tuple[Table, Column[bytes]]]:
    """Yield every column that holds sealed text."""
    for table in tables.Model.metadata.sorted_tables:
        for column in table.columns:
            if column.name.endswith("_sealed"):
                yield table, column


def _sealed_shut(connection: Connection) -> Iterator[str]:
    """Yield the columns of which a sample does not open with the keys in place."""
    there = set(inspect(connection).get_table_names())
    for table, column in sealed_columns():
        if table.name not in there:
            continue
        rows = connection.execute(
            select(table.c.id, column).where(column.is_not(None)).limit(SAMPLE)
        )
        for key, sealed in rows:
            if not _opens(f"{table.name}.{column.name}", key, sealed):
                yield f"{table.name}.{column.name}: {key} does not open"


def _opens(place: str, key: uuid.UUID, sealed: bytes) -> bool:
    try:
        crypto.ring().open(place, key, sealed)
    except (InvalidTag, KeyMissing):
        return False
    return True
