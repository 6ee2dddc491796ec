"""The log is one chain per tenant: gapless, never forked, and every falsification is told."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from portal import access, audit
from portal.audit import Entry, Head, chain, heads, verifying
from portal.core.database import open_engine, transaction
from tests.audit import trails

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine


@pytest.fixture
def both(database_url: str) -> Iterator[Engine]:
    """An engine on each of the two systems."""
    engine = open_engine(database_url, owner=True)
    yield engine
    engine.dispose()


def numbers(session: Session, tenant_id: int = 1) -> list[int]:
    return list(
        session.scalars(
            select(Entry.number).where(Entry.tenant_id == tenant_id).order_by(Entry.number)
        )
    )


def test_entries_are_numbered_without_a_gap_for_each_tenant(session: Session):
    trails.write(session, 5, tenant_id=1, each=2)
    trails.write(session, 3, tenant_id=2)

    assert (numbers(session, 1), numbers(session, 2)) == ([1, 2, 3, 4, 5], [1, 2, 3])
    assert verifying.verify(session, 1).whole
    assert verifying.verify(session, 2).whole


def test_one_transaction_may_write_to_the_chains_of_several_tenants(session: Session):
    with transaction(session):
        for tenant_id in (2, 1, 2):
            actor = access.operator(tenant_id)
            audit.record(session, actor, audit.Act.UNIT_ADD, "/1/", "unit:1")

    assert (numbers(session, 1), numbers(session, 2)) == ([1], [1, 2])


def test_what_is_undone_leaves_no_number_unused(session: Session):
    def broken() -> None:
        with transaction(session):
            audit.record(session, trails.ACTOR, audit.Act.UNIT_ADD, "/1/", "unit:0")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    trails.write(session, 2)

    kept = session.scalars(select(Entry.subject).order_by(Entry.number)).all()
    assert (kept, numbers(session)) == (["unit:0", "unit:1"], [1, 2])


def test_a_part_that_is_undone_leaves_no_entry(session: Session):
    with transaction(session):
        audit.record(session, trails.ACTOR, audit.Act.UNIT_ADD, "/1/", "before")
        with session.begin_nested() as outer:
            with session.begin_nested():
                audit.record(session, trails.ACTOR, audit.Act.UNIT_ADD, "/1/", "within")
            outer.rollback()
        with session.begin_nested():
            audit.record(session, trails.ACTOR, audit.Act.UNIT_ADD, "/1/", "after")

    kept = session.scalars(select(Entry.subject).order_by(Entry.number)).all()
    assert kept == ["before", "after"]
    assert verifying.verify(session, 1).whole


def test_a_session_that_is_closed_takes_nothing_over_into_the_next_transaction(session: Session):
    audit.record(session, trails.ACTOR, audit.Act.UNIT_ADD, "/1/", "given up")
    session.execute(select(Entry))
    session.close()
    trails.write(session, 1)

    assert list(session.scalars(select(Entry.subject))) == ["unit:0"]


def test_the_form_that_is_hashed_never_changes():
    """Whoever changes this writes a new scheme beside it: old entries are verified by the old."""
    entry = Entry(
        tenant_id=1, id=UUID(int=7), user_id=3, roles="clerk",
        at=datetime(2026, 11, 25, 4, tzinfo=UTC),
        act="unit:add", path="/1/", subject="unit:七", result="done", address="",
        detail={"b": 1, "a": None}, scheme=1,
    )  # fmt: skip

    assert chain.canonical(entry, 2, bytes(32)).decode() == (
        '["sicha-audit-1",1,2,"' + "00" * 32 + '","00000000-0000-0000-0000-000000000007",3,'
        '"clerk","2026-11-25T04:00:00.000000Z","unit:add","/1/","unit:\\u4e03","done","",'
        '{"a":null,"b":1}]'
    )


def test_eight_at_once_never_fork_the_chain(both: Engine):
    url = both.url.render_as_string(hide_password=False)

    wrong = trails.at_once(url, 8, lambda session, _: trails.write(session, 150, each=1))

    with Session(both) as session:
        assert wrong == []
        assert numbers(session) == list(range(1, 8 * 150 + 1))
        assert verifying.verify(session, 1).whole


@pytest.mark.postgres
def test_without_the_lock_they_would_collide(postgres_url: str, monkeypatch: pytest.MonkeyPatch):
    """The negative control: what is tested above is the lock, and nothing else."""

    def unheld(session: Session, tenant_id: int) -> tuple[int, bytes]:
        table = Head.__table__
        query = select(table.c.number, table.c.hash).where(table.c.tenant_id == tenant_id)
        return tuple(session.execute(query).one())

    engine = open_engine(postgres_url, owner=True)
    with Session(engine) as session:
        trails.write(session, 1)
    monkeypatch.setattr(chain, "held", unheld)
    wrong = trails.at_once(postgres_url, 8, lambda session, _: trails.write(session, 50))
    engine.dispose()

    assert any(isinstance(error, IntegrityError | DBAPIError) for error in wrong)


CHANGES = (
    "UPDATE audit_entry SET act = 'x'",
    "DELETE FROM audit_entry",
    "UPDATE audit_head SET number = 1",
    "DELETE FROM audit_head",
)


@pytest.mark.parametrize("statement", CHANGES)
def test_the_database_refuses_to_change_the_log(both: Engine, statement: str):
    with Session(both) as session:
        trails.write(session, 3)

    with (
        pytest.raises(DBAPIError, match=r"never changed|only moves forward"),
        both.begin() as asked,
    ):
        asked.execute(text(statement))

    with Session(both) as session:
        assert verifying.verify(session, 1).whole
        assert numbers(session) == [1, 2, 3]


def test_sqlite_refuses_to_replace_an_entry(sqlite_files):
    engine = open_engine(sqlite_files.fresh(), owner=True)
    with Session(engine) as session:
        trails.write(session, 2)
    with engine.connect() as connection:
        forged = {**trails.rows(connection)[0], "act": "x"}

    with pytest.raises(DBAPIError, match="never changed"), engine.begin() as connection:
        connection.execute(trails.TABLE.insert().prefix_with("OR REPLACE"), forged)
    engine.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize("table", ["audit_entry", "audit_head"])
def test_postgres_refuses_to_empty_the_log(postgres_url: str, table: str):
    engine = open_engine(postgres_url, owner=True)
    with Session(engine) as session:
        trails.write(session, 2)

    with pytest.raises(DBAPIError, match="never changed"), engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {table}"))
    engine.dispose()


def test_an_act_whose_entry_cannot_be_written_is_refused(both: Engine):
    with Session(both) as session:
        trails.write(session, 1)
    with both.begin() as connection:
        connection.execute(text("ALTER TABLE audit_entry RENAME TO elsewhere"))
        connection.execute(text("CREATE TABLE deed (id INTEGER)"))

    def act() -> None:
        with Session(both) as session, transaction(session):
            session.execute(text("INSERT INTO deed VALUES (1)"))
            audit.record(session, trails.ACTOR, audit.Act.UNIT_ADD, "/1/", "unit:1")

    with pytest.raises(DBAPIError):
        act()

    with both.begin() as connection:
        done = connection.scalar(text("SELECT count(*) FROM deed"))
        connection.execute(text("DROP TABLE deed"))
        connection.execute(text("ALTER TABLE elsewhere RENAME TO audit_entry"))
    assert done == 0


def test_every_one_of_a_thousand_falsifications_is_told(tmp_path, sqlite_files):
    """Edited, deleted, inserted, reordered, cut, cut and gone on from, rewritten as a whole."""
    dice, engine = random.Random(20261125), open_engine(sqlite_files.fresh(), owner=True)
    with Session(engine) as session:
        trails.write(session, 40, each=3)
        heads.append(tmp_path / "heads.jsonl", heads.signed(session))
    kept = heads.read(tmp_path / "heads.jsonl")
    with engine.connect() as connection:
        whole = trails.rows(connection)
    told: Counter[str] = Counter()
    for _ in range(1000):
        kind, log = trails.mutated(whole, dice)
        trails.tamper(engine, log)
        with Session(engine) as session:
            assert not verifying.verify(session, 1, heads=kept).whole, kind
        told[kind] += 1
    trails.tamper(engine, whole)
    with Session(engine) as session:
        assert verifying.verify(session, 1, heads=kept).whole
    engine.dispose()
    assert len(told) == 7
    assert min(told.values()) > 100


@pytest.mark.postgres
def test_falsifications_are_told_on_postgres_too(postgres_url: str):
    dice, engine = random.Random(7), open_engine(postgres_url, owner=True)
    with Session(engine) as session:
        trails.write(session, 20)
        kept = heads.signed(session)
    with engine.connect() as connection:
        whole = trails.rows(connection)
    for _ in range(60):
        kind, log = trails.mutated(whole, dice)
        trails.tamper(engine, log)
        with Session(engine) as session:
            assert not verifying.verify(session, 1, heads=kept).whole, kind
    engine.dispose()


def test_the_first_divergence_is_named(both: Engine):
    with Session(both) as session:
        trails.write(session, 9)
    with both.connect() as connection:
        log = trails.rows(connection)
    log[4] = {**log[4], "subject": "unit:other"}
    log[7] = {**log[7], "subject": "unit:another"}
    trails.tamper(both, log)

    with Session(both) as session:
        found = verifying.verify(session, 1)
    assert (found.number, found.diverges_at) == (4, 5)
    assert found.words == verifying.ALTERED


def test_without_kept_heads_a_rewrite_would_pass(sqlite_files):
    """The negative control: it is the kept head that shows a full rewrite."""
    engine = open_engine(sqlite_files.fresh(), owner=True)
    with Session(engine) as session:
        trails.write(session, 9)
        kept = heads.signed(session)
    with engine.connect() as connection:
        log = trails.rows(connection)
    trails.tamper(engine, trails.chained(log[:6]))

    with Session(engine) as session:
        assert verifying.verify(session, 1).whole
        assert verifying.verify(session, 1, heads=kept).words == verifying.CUT
    engine.dispose()
