from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import ForeignKeyConstraint, Table, UniqueConstraint, func, select, text
from sqlalchemy.orm import Session

from portal import access, audit
from portal.core.database import open_engine, transaction
from portal.organizations.models import TenantRoot
from tests.databases import METADATA, PARTITIONS, create_partitioned, partitioned_tables

if TYPE_CHECKING:
    from tests.databases import PostgresCopies


# These are about the database as a whole and no tenant's own.
OF_THE_DATABASE = {"tenant", "key_check"}


def business_tables() -> list[Table]:
    return [
        table
        for table in METADATA.sorted_tables
        if not table.name.startswith("ab_") and table.name not in OF_THE_DATABASE
    ]


@pytest.mark.parametrize("table", business_tables(), ids=lambda table: table.name)
def test_every_key_starts_with_the_tenant(table: Table):
    keys = [list(table.primary_key.columns)]
    keys += [list(key.columns) for key in table.constraints if isinstance(key, UniqueConstraint)]
    keys += [list(index.columns) for index in table.indexes if index.unique]

    assert {key[0].name for key in keys} == {"tenant_id"}


@pytest.mark.parametrize("table", business_tables(), ids=lambda table: table.name)
def test_a_row_refers_to_its_own_tenant_only(table: Table):
    between = [
        key
        for key in table.constraints
        if isinstance(key, ForeignKeyConstraint) and key.referred_table in business_tables()
    ]

    assert all(key.column_keys[0] == "tenant_id" for key in between)
    assert all(key.elements[0].column.name == "tenant_id" for key in between)


@pytest.mark.postgres
def test_the_schema_stands_on_tables_partitioned_by_tenant(postgres_copies: PostgresCopies):
    engine = open_engine(postgres_copies.empty(), owner=True)
    create_partitioned(engine)
    with Session(engine) as session:
        parts = session.scalar(
            text(
                "SELECT count(*) FROM pg_inherits i JOIN pg_class c"
                " ON c.oid = i.inhrelid WHERE c.relkind = 'r'"
            )
        )
        with transaction(session):
            for tenant_id in range(1, 21):
                session.add(TenantRoot(id=tenant_id, name="试点"))
                actor = access.operator(tenant_id)
                audit.record(session, actor, audit.Act.TENANT_PLANT, "/1/", "tenant:1")
        used = session.scalar(
            select(func.count(text("DISTINCT tableoid"))).select_from(audit.Entry)
        )
    engine.dispose()

    assert parts == PARTITIONS * len(partitioned_tables())
    assert used == PARTITIONS
