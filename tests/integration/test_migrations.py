from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Sequence, create_engine, inspect

from portal import tables
from portal.core import migrations

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
    engine = create_engine(empty_url)
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
