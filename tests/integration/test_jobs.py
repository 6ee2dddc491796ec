"""Jobs, with a real queue and a real consumer, on both databases."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.orm import Session

from portal.access import Role
from portal.core.database import open_engine, transaction
from portal.core.errors import NotFound, OutOfTurn
from portal.core.words import Words
from portal.jobs import queue as queues
from portal.jobs import service as jobs
from portal.jobs.consumer import Worker
from portal.jobs.models import Job, JobState
from portal.jobs.runner import BROKE, INTERRUPTED, REVOKED, Runner
from portal.notifications import service as notifications
from portal.organizations import service as organizations
from tests.integration.grown import grow

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from portal.access import Actor
    from tests.databases import SqliteFiles
    from tests.integration.grown import Grown

gate = threading.Event()


@jobs.handler("test-count")
def count(work: jobs.Work) -> dict[str, int]:
    total = work.arguments["total"]
    for done in range(total):
        with work.transaction() as session:
            notifications.tell(session, work.actor.tenant_id, [done], "test", Words("一", "one"))
        work.progress(done + 1, total)
    return {"counted": total}


@jobs.handler("test-wait")
def wait(work: jobs.Work) -> None:
    gate.set()
    for step in range(2000):
        work.progress(step, 2000)
        time.sleep(0.01)


@jobs.handler("test-wait-inside")
def wait_inside(work: jobs.Work) -> None:
    with work.transaction() as session:
        notifications.tell(session, work.actor.tenant_id, [1], "test", Words("一", "one"))
        work.progress(1, 2)
        gate.set()
        time.sleep(0.3)
    work.progress(2, 2)


@jobs.handler("test-large")
def write_much(work: jobs.Work) -> None:
    with work.transaction() as session:
        for step in range(60):
            words = Words("一" * 200, "one" * 60)
            notifications.tell(session, work.actor.tenant_id, range(2000), "test", words)
            work.progress(step, 60)
            gate.set()


@jobs.handler("test-break")
def break_down(work: jobs.Work) -> None:
    with work.transaction() as session:
        notifications.tell(session, work.actor.tenant_id, [1], "test", Words("一", "one"))
        raise RuntimeError("a bug")


@jobs.handler("test-refuse")
def refuse(_work: jobs.Work) -> None:
    raise OutOfTurn(Words("现在不行", "not now"))


@pytest.fixture
def both(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url, owner=True)
    yield engine
    engine.dispose()


@pytest.fixture
def grown(both: Engine) -> Iterator[Grown]:
    with Session(both) as session:
        yield grow(session)


@pytest.fixture
def clerk(grown: Grown) -> Actor:
    with transaction(grown.session):
        return grown.actor("clerk", "B1", Role.CLERK)


@pytest.fixture
def queue(database_url: str, tmp_path: Path) -> Iterator[queues.Queue]:
    opened = queues.open_queue(database_url, tmp_path)
    queues.put_in_place(opened)
    yield opened
    queues.put_in_place(None)
    opened.close()


@pytest.fixture
def worker(queue: queues.Queue, both: Engine) -> Iterator[Worker]:
    gate.clear()
    working = Worker(queue, both, overdue_seconds=0)
    assert working.start()
    yield working
    working.stop()


def start(grown: Grown, actor: Actor, kind: str, **arguments: int) -> uuid.UUID:
    with transaction(grown.session) as session:
        return jobs.start(session, actor, grown.units["B1"].path, kind, arguments).id


def until(grown: Grown, actor: Actor, job_id: uuid.UUID, wanted: Callable[[Job], bool]) -> Job:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        job = jobs.get_job(grown.session, actor, job_id)
        if wanted(job):
            return job
        grown.session.commit()
        time.sleep(0.05)
    raise AssertionError(f"still {job.state} {job.done}/{job.total} {job.message_en}")


def ended(job: Job) -> bool:
    return job.state in jobs.ENDED


@pytest.mark.usefixtures("worker")
def test_a_job_runs_and_leaves_its_result(grown: Grown, clerk: Actor):
    job = until(grown, clerk, start(grown, clerk, "test-count", total=5), ended)
    assert (job.state, job.done, job.total, job.result) == ("done", 5, 5, {"counted": 5})
    assert job.ended_at


@pytest.mark.usefixtures("worker")
def test_progress_shows_while_a_job_runs_and_it_stops_when_asked(grown: Grown, clerk: Actor):
    job_id = start(grown, clerk, "test-wait")
    assert gate.wait(10)
    until(grown, clerk, job_id, lambda job: job.done > 3 and job.total == 2000)
    with transaction(grown.session) as session:
        jobs.request_cancel(session, clerk, job_id)
    job = until(grown, clerk, job_id, ended)
    assert job.state == JobState.CANCELLED
    assert job.done < 2000


@pytest.mark.usefixtures("worker")
def test_progress_inside_a_transaction_waits_for_nobody(grown: Grown, clerk: Actor):
    job_id = start(grown, clerk, "test-wait-inside")
    assert gate.wait(10)
    assert until(grown, clerk, job_id, lambda job: job.done >= 1).total == 2
    assert until(grown, clerk, job_id, ended).state == JobState.DONE


@pytest.mark.usefixtures("worker")
def test_a_large_transaction_lets_others_read_and_can_be_cancelled(grown: Grown, clerk: Actor):
    job_id = start(grown, clerk, "test-large")
    assert gate.wait(20)
    began = time.monotonic()
    assert jobs.get_job(grown.session, clerk, job_id).state == JobState.RUNNING
    assert time.monotonic() - began < 2
    with transaction(grown.session) as session:
        jobs.request_cancel(session, clerk, job_id)
    assert until(grown, clerk, job_id, ended).state == JobState.CANCELLED
    assert notifications.count_unread(grown.session, clerk) == 0


@pytest.mark.usefixtures("worker")
def test_a_refusal_ends_a_job_with_its_own_words(grown: Grown, clerk: Actor):
    job = until(grown, clerk, start(grown, clerk, "test-refuse"), ended)
    assert (job.state, job.message_zh, job.message_en) == ("failed", "现在不行", "not now")


@pytest.mark.usefixtures("worker")
def test_a_bug_ends_one_job_and_the_next_runs(grown: Grown, clerk: Actor):
    broken = until(grown, clerk, start(grown, clerk, "test-break"), ended)
    assert (broken.state, broken.message_zh) == ("failed", BROKE.zh)
    assert until(grown, clerk, start(grown, clerk, "test-count", total=1), ended).result


def test_nothing_is_sent_when_the_asking_is_undone(grown: Grown, clerk: Actor, queue: queues.Queue):
    jobs.start(grown.session, clerk, grown.units["B1"].path, "test-count", {"total": 1})
    grown.session.rollback()
    assert queue.huey.pending_count() == 0
    assert jobs.list_jobs(grown.session, clerk) == []


def test_a_job_nobody_sent_is_found_by_the_sweeper(
    grown: Grown, clerk: Actor, queue: queues.Queue, both: Engine
):
    queues.put_in_place(None)
    job_id = start(grown, clerk, "test-count", total=2)
    working = Worker(queue, both, overdue_seconds=0)
    assert working.start()
    assert until(grown, clerk, job_id, ended).state == JobState.DONE
    working.stop()


def test_a_job_asked_for_by_somebody_disabled_since_is_not_done(
    grown: Grown, clerk: Actor, both: Engine
):
    job_id = start(grown, clerk, "test-count", total=2)
    with transaction(grown.session) as session:
        organizations.disable_account(session, grown.operator, clerk.user_id or 0)
    Runner(both).perform(1, job_id)
    job = until(grown, clerk, job_id, ended)
    assert (job.state, job.message_en) == ("failed", REVOKED.en)
    assert not notifications.inbox(grown.session, clerk)


def test_a_job_is_done_once_however_often_it_is_sent(grown: Grown, clerk: Actor, both: Engine):
    job_id = start(grown, clerk, "test-count", total=2)
    for _ in range(3):
        Runner(both).perform(1, job_id)
    grown.session.commit()
    assert until(grown, clerk, job_id, ended).state == JobState.DONE


def test_a_waiting_job_is_cancelled_at_once_and_never_begins(
    grown: Grown, clerk: Actor, both: Engine
):
    job_id = start(grown, clerk, "test-count", total=2)
    with transaction(grown.session) as session:
        jobs.request_cancel(session, clerk, job_id)
    Runner(both).perform(1, job_id)
    assert until(grown, clerk, job_id, ended).state == JobState.CANCELLED
    with pytest.raises(OutOfTurn, match="已经结束"):
        jobs.request_cancel(grown.session, clerk, job_id)


def test_a_job_whose_consumer_died_is_given_up_and_says_so(
    grown: Grown, clerk: Actor, both: Engine
):
    job_id = start(grown, clerk, "test-count", total=2)
    with transaction(grown.session) as session:
        jobs.get_job(session, clerk, job_id).state = JobState.RUNNING.value
    assert Runner(both).give_up_interrupted() == 1
    job = until(grown, clerk, job_id, ended)
    assert (job.state, job.message_zh) == ("failed", INTERRUPTED.zh)


def test_a_job_in_hand_when_the_service_stops_is_done_by_who_comes_after(
    grown: Grown, clerk: Actor, queue: queues.Queue, both: Engine, database_url: str, tmp_path: Path
):
    gate.clear()
    working = Worker(queue, both)
    assert working.start()
    job_id = start(grown, clerk, "test-wait")
    assert gate.wait(10)
    working.stop()
    job = until(grown, clerk, job_id, lambda job: job.state != JobState.RUNNING)
    assert (job.state, job.done, job.started_at) == (JobState.WAITING, 0, None)
    grown.session.commit()  # or its read would keep the next worker from writing
    after = Worker(queues.open_queue(database_url, tmp_path), both, overdue_seconds=0)
    assert after.start()
    until(grown, clerk, job_id, lambda job: job.state == JobState.RUNNING and job.done > 3)
    grown.session.commit()
    after.stop()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("Worker-")]


def test_one_sqlite_file_has_one_consumer(sqlite_files: SqliteFiles, tmp_path: Path):
    url = sqlite_files.fresh()
    engine = open_engine(url, owner=True)
    first, second = (queues.open_queue(url, tmp_path) for _ in range(2))
    working, late = Worker(first, engine), Worker(second, engine)
    assert (working.start(), late.start()) == (True, False)
    working.stop()
    assert late.start()
    late.stop()
    engine.dispose()


def test_nobody_sees_anothers_job(grown: Grown, clerk: Actor):
    job_id = start(grown, clerk, "test-count", total=1)
    with transaction(grown.session):
        other = grown.actor("secretary", "B1", Role.SECRETARY)
    with pytest.raises(NotFound):
        jobs.get_job(grown.session, other, job_id)


def test_a_kind_nobody_registered_cannot_be_asked_for(grown: Grown, clerk: Actor):
    with pytest.raises(ValueError, match="no-such"):
        jobs.start(grown.session, clerk, grown.units["B1"].path, "no-such", {})


class _Away(queues.Queue):
    """A queue that cannot be reached."""

    def __init__(self) -> None:
        """Stand for a queue whose database went away."""

    def send(self, tenant_id: int, job_id: uuid.UUID) -> None:
        raise ConnectionError(f"{tenant_id} {job_id}")


def test_a_queue_that_is_away_undoes_nothing_and_the_job_waits(grown: Grown, clerk: Actor):
    queues.put_in_place(_Away())
    try:
        with transaction(grown.session):
            job = jobs.start(grown.session, clerk, grown.units["B1"].path, "test-count", {"to": 1})
            job_id = job.id
    finally:
        queues.put_in_place(None)
    assert jobs.get_job(grown.session, clerk, job_id).state == JobState.WAITING
