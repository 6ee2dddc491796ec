"""One transaction per act: writers queue, keys hold, and a failure leaves nothing."""

from __future__ import annotations

import sqlite3
import uuid
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import audit
from portal.access import operator
from portal.audit import Act, Entry
from portal.core.database import open_engine, transaction
from portal.organizations.models import UnitLink

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.databases import SqliteFiles


@pytest.fixture
def on_file(sqlite_files: SqliteFiles):
    engine = open_engine(sqlite_files.fresh(), owner=True)
    yield engine
    engine.dispose()


def begun(engine: Engine, work) -> list[str]:
    """Return how the transactions of `work` began."""
    said: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: said.append(args[2]))
    with Session(engine) as session:
        work(session)
    return [statement for statement in said if statement.startswith("BEGIN")]


def write(session: Session) -> None:
    with transaction(session):
        audit.record(session, operator(1), Act.TENANT_PLANT, "/1/", "tenant:1")


def test_who_will_write_queues_before_reading(on_file: Engine):
    assert begun(on_file, write) == ["BEGIN IMMEDIATE"]
    assert begun(on_file, lambda session: session.scalar(text("SELECT 1"))) == ["BEGIN"]


def test_a_second_writer_waits_for_the_first(on_file: Engine):
    other = sqlite3.connect(str(on_file.url.database), timeout=0)
    with Session(on_file) as session, transaction(session):
        session.scalar(text("SELECT 1"))  # nothing is written yet, and it holds its turn
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()


def test_a_failure_leaves_nothing(session: Session):
    def fail() -> None:
        with transaction(session):
            audit.record(session, operator(1), Act.TENANT_PLANT, "/1/", "tenant:1")
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert session.query(Entry).count() == 0


def test_a_row_that_points_nowhere_is_refused(session: Session):
    key = uuid.UUID(int=1)
    session.add(UnitLink(tenant_id=1, id=key, unit_id=key, valid_from=date(2026, 1, 1)))
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
        session.flush()
