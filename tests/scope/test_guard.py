"""The guard of the sessions alone: every query and every change, with the database's wall down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from portal.scope import walls
from tests.scope.conftest import Walled
from tests.scope.trying import READS, WRITES, changed, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.databases import SqliteFiles

# A plain write that no mapped class is in, and one that moves or copies rows: the guard lets it
# through to the database, whose wall looks at each row.
LEFT_TO_THE_DATABASE = {
    "bulk_update_by_key", "bulk_update_mappings", "bulk_update_that_moves", "change_a_ghost",
    "core_delete", "core_update", "core_update_many", "driver_update", "insert_from_select",
    "text_update",
}  # fmt: skip
GUARDED = {name: shape for name, shape in WRITES.items() if name not in LEFT_TO_THE_DATABASE}


def unwall(sqlite_files: SqliteFiles) -> Iterator[Walled]:
    """Build a tenant whose database has no triggers left."""
    url = sqlite_files.fresh()
    built = Walled(url)
    with built.owner.begin() as connection:
        walls.lower(connection)
    yield built
    built.close()
    sqlite_files.drop(url)


@pytest.fixture(scope="module")
def unwalled(sqlite_files: SqliteFiles) -> Iterator[Walled]:
    """A tenant to read in."""
    yield from unwall(sqlite_files)


@pytest.fixture(scope="module")
def written(sqlite_files: SqliteFiles) -> Iterator[Walled]:
    """A tenant to write in: one's own rows are changed in it."""
    yield from unwall(sqlite_files)


@pytest.mark.parametrize("shape", READS.values(), ids=READS)
def test_the_guard_alone_shows_nothing_out_of_scope(unwalled: Walled, shape):
    assert shown(unwalled, shape) == []


@pytest.mark.parametrize("shape", GUARDED.values(), ids=GUARDED)
def test_the_guard_alone_lets_nothing_out_of_scope_be_changed(written: Walled, shape):
    with written.owner.begin() as connection:  # so that a change is one, after whatever was before
        connection.execute(text("UPDATE member SET remark = name"))
    assert not changed(written, shape)
