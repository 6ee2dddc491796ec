"""Doing jobs: one at a time, each in the name of whoever asked for it."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal import access
from portal.core import clock, logs, tree
from portal.core.database import transaction
from portal.core.errors import OutOfTurn, Refusal
from portal.core.words import Words
from portal.jobs import live
from portal.jobs.models import Job, JobState
from portal.jobs.registry import Cancelled, Work, find_handler
from portal.organizations import service as organizations
from portal.scope import service as scope

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy import Engine

    from portal.access import Actor

log = logging.getLogger(__name__)

REVOKED = Words(
    "提交人的账号已停用，或不再有这里的岗位，任务没有执行。请由现任同志重新提交",
    "Whoever asked for this no longer holds a post here, so nothing was done. Ask for it again "
    "in the name of somebody who does",
)
BROKE = Words(
    "办理中程序出错，最近一步没有保存。请重新提交；如再出错，请把任务编号告诉运维人员",
    "The program failed; its last step was not kept. Ask for it again, and if it fails again "
    "give the number of this job to the operator",
)
INTERRUPTED = Words(
    "服务停过，任务没有做完。已保存的步骤仍在，请重新提交",
    "The service stopped before this was done. Steps already saved are kept; ask for it again",
)
UNKNOWN = Words(
    "这个版本不认识这种任务，没有执行。请让运维人员检查各进程的版本是否一致",
    "This version knows no such job; nothing was done. The operator should check that all "
    "processes are of one version",
)
STOPPED = Words(
    "已按要求取消。已保存的步骤仍在", "Cancelled as asked; steps already saved are kept"
)


class Stopping(Cancelled):
    """The service is shutting down; the job waits for whoever comes after."""


class Runner:
    """Does jobs on one database. `stopping` tells whether the service is shutting down."""

    def __init__(self, engine: Engine, stopping: Callable[[], bool] = lambda: False) -> None:
        self.engine = engine
        self._stopping = stopping

    def perform(self, tenant_id: int, job_id: uuid.UUID) -> None:
        """Do a job that is waiting; one that is not has been done by somebody else."""
        with self._holding(job_id) as held:
            if held and self._claim(tenant_id, job_id):
                logs.bind(job=str(job_id))
                self._perform(tenant_id, job_id)

    def _perform(self, tenant_id: int, job_id: uuid.UUID) -> None:
        try:
            result = self._do(tenant_id, job_id)
        except Stopping:
            self._put_back(tenant_id, job_id)
        except Cancelled:
            self._end(tenant_id, job_id, JobState.CANCELLED, STOPPED)
        except Refusal as refusal:
            self._end(tenant_id, job_id, JobState.FAILED, refusal.words)
        except Exception:  # whatever a handler raises ends its job, not the runner
            log.exception("job %s failed", job_id)
            self._end(tenant_id, job_id, JobState.FAILED, BROKE)
        else:
            self._end(tenant_id, job_id, JobState.DONE, Words("", ""), result)
        finally:
            live.running.pop(job_id, None)

    @contextmanager
    def _holding(self, job_id: uuid.UUID) -> Iterator[bool]:
        """Hold the job for as long as this process lives; tell whether nobody else does.

        PostgreSQL lets go of such a lock when the connection dies, and so tells the others.
        SQLite has a single consumer, which holds everything.
        """
        if self.engine.dialect.name != "postgresql":
            yield True
            return
        with self.engine.connect() as connection:
            key = int.from_bytes(job_id.bytes[8:], signed=True)
            held = connection.scalar(select(func.pg_try_advisory_lock(key)))
            connection.commit()
            try:
                yield bool(held)
            finally:
                if held:
                    connection.scalar(select(func.pg_advisory_unlock(key)))
                    connection.commit()

    @contextmanager
    def _session(self) -> Iterator[Session]:
        """Open a session that sees the jobs of all tenants, and nothing else of any."""
        with (
            Session(self.engine) as session,
            scope.beyond(session, scope.Reason.JOBS),
        ):
            yield session

    def _claim(self, tenant_id: int, job_id: uuid.UUID) -> bool:
        with self._session() as session, transaction(session):
            claimed = session.execute(
                update(Job)
                .where(
                    Job.tenant_id == tenant_id,
                    Job.id == job_id,
                    Job.state == JobState.WAITING.value,
                )
                .values(state=JobState.RUNNING.value, started_at=clock.now())
                .returning(Job.id)
            ).first()
        return claimed is not None

    def _do(self, tenant_id: int, job_id: uuid.UUID) -> Mapping[str, Any]:
        with Session(self.engine) as session:
            with scope.beyond(session, scope.Reason.JOBS):
                job = session.get_one(Job, (tenant_id, job_id))
                session.expunge(job)
            actor = _actor(session, job)
            scope.bind(session, actor)
            live.running[job_id] = live.Live(tenant_id, job.by)
            handler = find_handler(job.kind)
            if handler is None:
                raise OutOfTurn(UNKNOWN)

            def progress(done: int, total: int) -> None:
                self._report(session, tenant_id, job_id, done, total)

            work = Work(session, actor, job_id, job.path, dict(job.arguments), progress)
            session.commit()
            return handler(work) or {}

    def _report(
        self, at_work: Session, tenant_id: int, job_id: uuid.UUID, done: int, total: int
    ) -> None:
        """Write progress down in a transaction of its own, and stop if that was asked for."""
        now = live.running[job_id]
        now.done, now.total = done, total
        # SQLite: a second writer would wait for the job's own transaction, for ever.
        if self.engine.dialect.name != "sqlite" or not at_work.in_transaction():
            with self._session() as session, transaction(session):
                job = session.get_one(Job, (tenant_id, job_id))
                job.done, job.total = done, total
                now.cancel = now.cancel or job.cancel
        if now.cancel:
            raise Cancelled
        if self._stopping():
            raise Stopping

    def _put_back(self, tenant_id: int, job_id: uuid.UUID) -> None:
        """Let the job wait again: whoever sweeps next sends it, and it is done from the start."""
        with self._session() as session, transaction(session):
            job = session.get_one(Job, (tenant_id, job_id))
            job.state, job.started_at, job.done = JobState.WAITING.value, None, 0

    def _end(
        self,
        tenant_id: int,
        job_id: uuid.UUID,
        state: JobState,
        words: Words,
        result: Mapping[str, Any] | None = None,
    ) -> None:
        with self._session() as session, transaction(session):
            job = session.get_one(Job, (tenant_id, job_id))
            now = live.running.get(job_id)
            if now is not None and now.total:
                job.done, job.total = now.done, now.total
            job.state, job.ended_at = state.value, clock.now()
            job.message_zh, job.message_en = words.zh[:500], words.en[:500]
            job.result = dict(result or {})

    def waiting(self, seconds: float) -> list[tuple[int, uuid.UUID]]:
        """Return the jobs that nobody has picked up for so many seconds, the oldest first."""
        with self._session() as session:
            rows = session.execute(
                select(Job.tenant_id, Job.id, Job.at)
                .where(Job.state == JobState.WAITING.value)
                .order_by(Job.at)
                .limit(100)
            ).all()
        now = clock.now()
        return [(tenant, key) for tenant, key, at in rows if (now - at).total_seconds() >= seconds]

    def give_up_interrupted(self) -> int:
        """End the jobs whose consumer died while it did them; return how many there were.

        On SQLite only the one consumer of a database may ask for this, before it does anything.
        """
        running = select(Job.tenant_id, Job.id).where(Job.state == JobState.RUNNING.value)
        with self._session() as session:
            rows = session.execute(running).all()
        ended = 0
        for tenant_id, job_id in rows:
            with self._holding(job_id) as nobody_does:
                if nobody_does:
                    self._end(tenant_id, job_id, JobState.FAILED, INTERRUPTED)
                    ended += 1
        return ended


def _actor(session: Session, job: Job) -> Actor:
    """Return whoever asked for the job, with what they may do now."""
    if job.by is None:
        return access.operator(job.tenant_id)
    actor = organizations.actor_for(session, job.by, job.tenant_id)
    if not any(tree.is_within(job.path, grant.place) for grant in actor.grants):
        _revoked()
    return actor


def _revoked() -> NoReturn:
    raise OutOfTurn(REVOKED)
