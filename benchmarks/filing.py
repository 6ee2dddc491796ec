"""Filing under load: sixteen clients hand in through the services, as at a deadline."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from benchmarks import places as where
from benchmarks.cities import City
from benchmarks.measures import Figure
from portal.core.database import open_engine, transaction
from portal.organizations import service as organizations
from portal.organizations.models import Kind
from portal.reporting import service as reporting
from portal.reporting.models import Filing, Return, Subtotal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.synchronize import Barrier

    from sqlalchemy import Engine

    from benchmarks.places import Places

PROCESSES, CLIENTS = 2, 16
BRANCHES, MEMBERS = 320, 20
TARGETS = {"SQLite": 50.0, "PostgreSQL": 200.0}


@dataclass(frozen=True)
class Task:
    """One return to be filed, and by whom."""

    user_id: int
    return_id: uuid.UUID


def figures(places: Places) -> Iterator[Figure]:
    """Measure on every system that is here."""
    for system in places.systems:
        yield from _on(places, system)


def _on(places: Places, system: str) -> Iterator[Figure]:
    url = places.fresh(system)
    engine = open_engine(url, owner=True)
    with Session(engine) as session:
        tasks = _prepare(session)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE bare (id VARCHAR(36) PRIMARY KEY, body TEXT)"))
    places.settle(url)
    bare = len(tasks) / _raced(url, _insert, tasks)
    filed = len(tasks) / _raced(url, _file, tasks)
    with Session(engine) as session:
        wrong = _lost_or_doubled(session, len(tasks))
    engine.dispose()
    yield Figure(
        f"Filings a second, {CLIENTS} clients, {MEMBERS} members each, {system}",
        f"{filed:,.0f}/s", f"one-row INSERT commits: {bare:,.0f}/s", f"1/{bare / filed:.1f}",
        f"at least {TARGETS[system]:.0f}/s", filed >= TARGETS[system],
    )  # fmt: skip
    yield Figure(
        f"Filings lost, doubled or counted wrongly, {system}", str(wrong), "", "", "0", wrong == 0
    )


def _prepare(session: Session) -> list[Task]:
    city = City(session, BRANCHES, MEMBERS).build()
    code = city.plan.tables.code
    owed = dict(
        session.execute(
            select(Return.path, Return.id).where(Return.deliverable == code)
        ).all()
    )  # fmt: skip
    tasks = []
    for unit in city.units:
        if unit.kind == Kind.BRANCH:
            user_id = city.cast.signer(unit).user_id
            assert user_id is not None
            tasks.append(Task(user_id, owed[unit.path]))
    with transaction(session):
        for task in tasks:
            _explain(session, task)
    return tasks


def _explain(session: Session, task: Task) -> None:
    """Write the sentences that are asked for, before the clock runs."""
    actor = organizations.actor_for(session, task.user_id, 1)
    draft = reporting.preview(session, actor, task.return_id)
    for outcome in draft.outcomes_of("explain"):
        reporting.explain(session, actor, task.return_id, outcome.rule, "已核实。")


def _file(engine: Engine, task: Task) -> None:
    with Session(engine) as session, transaction(session):
        actor = organizations.actor_for(session, task.user_id, 1)
        item = reporting.get_return(session, actor, task.return_id)
        reporting.file(session, actor, item.id, version=item.version)


def _insert(engine: Engine, task: Task) -> None:
    with Session(engine) as session, transaction(session):
        session.execute(
            text("INSERT INTO bare VALUES (:id, :body)"),
            {"id": str(task.return_id), "body": "x" * 1000},
        )


def _raced(url: str, act: Callable[[Engine, Task], None], tasks: Sequence[Task]) -> float:
    """Return the seconds from the common start until the last client is done."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(PROCESSES, timeout=60)
    workers, ends = [], []
    for at in range(PROCESSES):
        here, there = context.Pipe(duplex=False)
        share = tasks[at::PROCESSES]
        workers.append(context.Process(target=_work, args=(url, act, share, barrier, there)))
        workers[-1].start()
        there.close()  # so that a worker that dies is noticed here
        ends.append(here)
    times = [end.recv() for end in ends]
    for worker in workers:
        worker.join()
    return max(end for _, end in times) - min(start for start, _ in times)


def _work(
    url: str,
    act: Callable[[Engine, Task], None],
    tasks: Sequence[Task],
    barrier: Barrier,
    done: Any,
) -> None:
    """Do one process's share of the tasks, by its share of the clients."""
    where.put_keys_in_place()
    engine = open_engine(url, owner=True)
    each = CLIENTS // PROCESSES
    with engine.connect():
        pass
    threads = [
        threading.Thread(target=lambda mine=tasks[at::each]: [act(engine, task) for task in mine])
        for at in range(each)
    ]
    barrier.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done.send((started, time.perf_counter()))
    engine.dispose()


def _lost_or_doubled(session: Session, wanted: int) -> int:
    """Return how many filings are missing, double, or counted wrongly by the parents."""
    filed = Counter(session.scalars(select(Filing.return_id)))
    counted = session.scalar(select(func.sum(Subtotal.filed))) or 0
    doubled = sum(n - 1 for n in filed.values())
    return abs(wanted - len(filed)) + doubled + abs(wanted - counted)
