from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from alembic import command
from sqlalchemy import MetaData, Sequence, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal import tables
from portal.audit import verifying
from portal.core import migrations
from portal.core.database import open_engine
from portal.core.keys import uuid7

if TYPE_CHECKING:
    from pathlib import Path

    from tests.databases import PostgresCopies


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    copies: PostgresCopies = request.getfixturevalue("postgres_copies")
    return copies.empty()


def test_the_history_has_one_head():
    assert len(migrations.heads()) == 1


def test_the_history_leads_to_the_tables_there_are(empty_url: str):
    migrations.upgrade(empty_url)

    assert migrations.difference(empty_url) == ()


def test_upgrading_twice_changes_nothing(empty_url: str):
    migrations.upgrade(empty_url)
    migrations.upgrade(empty_url)

    engine = create_engine(empty_url)
    made = set(inspect(engine).get_table_names())
    engine.dispose()
    assert made == set(tables.Model.metadata.tables) | {"alembic_version"}


def test_a_missing_table_is_told(empty_url: str):
    migrations.upgrade(empty_url)
    engine = open_engine(empty_url, owner=True)
    with engine.begin() as connection:
        tables.Model.metadata.tables["chase"].drop(connection)
    engine.dispose()

    assert "chase" in repr(migrations.difference(empty_url))


def test_every_sequence_that_tables_draw_from_is_made(postgres_copies: PostgresCopies):
    url = postgres_copies.empty()
    migrations.upgrade(url)

    engine = create_engine(url)
    made = set(inspect(engine).get_sequence_names())
    engine.dispose()
    drawn = {
        column.default.name
        for table in tables.Model.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.default, Sequence)
    }
    assert drawn <= made


def test_entries_of_before_the_chain_are_chained(empty_url: str):
    command.upgrade(migrations._config(empty_url), "0001")
    engine = open_engine(empty_url, owner=True)
    old = MetaData()
    old.reflect(engine, only=["audit_entry"])
    with engine.begin() as connection:
        for at in range(5):
            key = uuid7()
            values = {
                "tenant_id": 1 + at % 2, "id": key if engine.name == "postgresql" else key.bytes,
                "at": datetime(2026, 11, 20, at, tzinfo=UTC), "act": "unit:add", "path": "/1/",
                "subject": "unit:1", "detail": {"at": at},
            }  # fmt: skip
            connection.execute(old.tables["audit_entry"].insert(), values)

    migrations.upgrade(empty_url)

    with Session(engine) as session:
        found = [verifying.verify(session, tenant_id) for tenant_id in (1, 2)]
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(text("DELETE FROM audit_entry"))
    engine.dispose()
    assert [(each.whole, each.number) for each in found] == [(True, 3), (True, 2)]
