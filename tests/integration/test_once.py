"""Sent twice, done once: keys of acts, units of work that begin again, versions in forms."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from portal import access
from portal.core import clock, retrying
from portal.core.database import open_engine, transaction
from portal.core.errors import Invalid, OutOfTurn, Overtaken, Refusal
from portal.core.retrying import unit_of_work
from portal.members import service as members
from portal.once import service as onces
from portal.organizations import service as organizations
from portal.reporting import service as reporting
from portal.reporting.models import Filing
from tests import scene
from tests.audit import trails

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

KEY = "0193b5b5-cccc-7000-8000-000000000001"


@pytest.fixture
def both(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url, owner=True)
    yield engine
    engine.dispose()


def address(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def test_fifty_parallel_duplicates_file_once(both: Engine):
    with Session(both) as session:
        built = scene.build(session)
        scene.screen(session, built)
        user_id = built.world.people["secretary"].id
        item = built.owed(session, "secretary", "B1")
        with clock.pinned(scene.AT), transaction(session):
            signer = built.actor(session, "secretary")
            for outcome in reporting.preview(session, signer, item.id).outcomes_of("explain"):
                reporting.explain(session, signer, item.id, outcome.rule, "已逐人核实。")
        return_id, version = item.id, item.version
    ends: list[str] = []

    def send(session: Session, _at: int) -> None:
        def work(session: Session) -> dict[str, Any]:
            filing = reporting.file(session, signer, return_id, version=version)
            return {"filing": str(filing.id)}

        signer = organizations.actor_for(session, user_id, 1)
        try:
            with clock.pinned(scene.AT):
                answer = unit_of_work(session, lambda s: onces.once(s, signer, KEY, b"file", work))
            ends.append(answer["filing"])
        except OutOfTurn as refusal:
            ends.append(refusal.words.en[:24])

    assert trails.at_once(address(both), 50, send) == []
    with Session(both) as session:
        filings = [str(key) for key in session.scalars(select(Filing.id))]
    assert len(filings) == 1
    assert set(ends) <= {filings[0], onces.IN_PROGRESS.en[:24]}
    assert ends.count(filings[0]) >= 1


def do(session: Session, key: str, asked: bytes, answer: str, actor: Any = trails.ACTOR) -> Any:
    with transaction(session):
        return onces.once(session, actor, key, asked, lambda _: {"answer": answer})


def test_asked_again_the_answer_is_the_first_one(session: Session):
    assert do(session, KEY, b"a", "first") == {"answer": "first"}
    assert do(session, KEY, b"a", "second") == {"answer": "first"}


def test_a_key_is_good_for_one_request_only(session: Session):
    do(session, KEY, b"a", "first")
    with pytest.raises(Invalid, match="另一个请求"):
        do(session, KEY, b"b", "second")


def test_the_same_key_of_somebody_else_is_another(session: Session):
    do(session, KEY, b"a", "first")
    other = access.Actor(7, 1, frozenset())
    assert do(session, KEY, b"a", "second", other) == {"answer": "second"}
    assert do(session, KEY, b"a", "third", access.operator(2)) == {"answer": "third"}


@pytest.mark.parametrize("key", ["short", "with blank here", "键键键键键键键键", "x" * 81])
def test_what_is_no_key_is_refused(session: Session, key: str):
    with pytest.raises(Invalid, match="ASCII"):
        do(session, key, b"a", "first")


def test_without_a_key_it_is_done_each_time(session: Session):
    assert [do(session, "", b"a", str(n))["answer"] for n in range(2)] == ["0", "1"]


def test_what_was_refused_may_be_asked_for_again(session: Session):
    def refuse(_session: Session) -> dict[str, Any]:
        raise Overtaken

    with pytest.raises(Overtaken), transaction(session):
        onces.once(session, trails.ACTOR, KEY, b"a", refuse)
    assert do(session, KEY, b"a", "now") == {"answer": "now"}


def test_a_key_is_forgotten_after_a_day(session: Session):
    with clock.pinned(scene.AT):
        do(session, KEY, b"a", "first")
    with clock.pinned(scene.AT + onces.KEPT * 2):
        do(session, KEY[:-1] + "2", b"a", "second")
        assert do(session, KEY, b"b", "anew") == {"answer": "anew"}


@pytest.mark.postgres
def test_what_is_being_done_just_now_is_told(postgres_url: str):
    engine = open_engine(postgres_url, owner=True)
    with Session(engine) as first, Session(engine) as second, first.begin():
        onces.once(first, trails.ACTOR, KEY, b"a", lambda _: {})
        with pytest.raises(OutOfTurn, match="正在办理"):
            do(second, KEY, b"a", "second")
    engine.dispose()


def test_eight_clients_lose_none_of_sixty_edits_each(both: Engine):
    """Each reads, changes what it read, and is refused if somebody was faster (W2)."""
    with Session(both) as session:
        built = scene.build(session)
        member = built.members["丁四甲"]
        member_id, user_id = member.id, built.world.people["clerk"].id
    refused: Counter[int] = Counter()

    def edit(session: Session, at: int) -> None:
        clerk = organizations.actor_for(session, user_id, 1)
        done = 0
        while done < 60:
            with transaction(session):
                seen = members.get_member(session, clerk, member_id)
                version, count = seen.version, int(seen.staff_number or 0)
            try:
                with transaction(session):
                    changed = {"staff_number": str(count + 1)}
                    members.change(session, clerk, member_id, changed, version=version)
            except (Refusal, StaleDataError):
                refused[at] += 1
                time.sleep(random.uniform(0, 0.03))
            else:
                done += 1

    assert trails.at_once(address(both), 8, edit) == []
    with Session(both) as session:
        clerk = organizations.actor_for(session, user_id, 1)
        assert members.get_member(session, clerk, member_id).staff_number == str(8 * 60)
        entries = session.scalar(
            text("SELECT count(*) FROM audit_entry WHERE act = 'member:change'")
        )
    assert entries == 8 * 60
    assert sum(refused.values()) > 0


@pytest.mark.postgres
def test_two_that_lock_each_other_out_both_get_through(postgres_url: str):
    """A deadlock is broken by the database; the one it broke off begins again (W9)."""
    engine = open_engine(postgres_url, owner=True)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE place (id INT PRIMARY KEY, taken INT)"))
        connection.execute(text("INSERT INTO place VALUES (0, 0), (1, 0)"))
    meet, tries = threading.Barrier(2), Counter[int]()

    def take(session: Session, at: int) -> None:
        def work(session: Session) -> None:
            tries[at] += 1
            session.execute(text(f"UPDATE place SET taken = taken + 1 WHERE id = {at}"))
            if tries[at] == 1:
                meet.wait()
            session.execute(text(f"UPDATE place SET taken = taken + 1 WHERE id = {1 - at}"))

        unit_of_work(session, work)

    wrong = trails.at_once(postgres_url, 2, take)
    with engine.begin() as connection:
        taken = connection.scalars(text("SELECT taken FROM place")).all()
        connection.execute(text("DROP TABLE place"))
    engine.dispose()
    assert (wrong, taken) == ([], [2, 2])
    assert sum(tries.values()) == 3


def test_what_stays_busy_is_given_up(session: Session):
    tries = Counter[str]()

    def busy(_session: Session) -> None:
        tries["busy"] += 1
        raise OperationalError("", {}, Exception("database is locked"))

    with pytest.raises(OperationalError):
        unit_of_work(session, busy)
    assert tries["busy"] == retrying.TIMES


def test_what_would_go_wrong_again_is_not_tried_again(session: Session):
    tries = Counter[str]()

    def broken(session: Session) -> None:
        tries["broken"] += 1
        session.execute(text("SELECT * FROM nowhere_at_all"))

    with pytest.raises(Exception, match="nowhere_at_all"):
        unit_of_work(session, broken)
    assert tries["broken"] == 1


def test_what_exists_already_was_overtaken(session: Session):
    with transaction(session):
        session.execute(text("CREATE TABLE lone (id INT PRIMARY KEY)"))
        session.execute(text("INSERT INTO lone VALUES (1)"))

    with pytest.raises(Overtaken):
        unit_of_work(session, lambda s: s.execute(text("INSERT INTO lone VALUES (1)")))
    with transaction(session):
        assert session.scalar(select(func.count()).select_from(text("lone"))) == 1
        session.execute(text("DROP TABLE lone"))
