"""Asking for work to be done in the background, and looking how far it has come."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, exists, func, select
from sqlalchemy.orm import object_session
from sqlalchemy.orm.attributes import set_committed_value

from portal import audit
from portal.audit import Act
from portal.core import clock
from portal.core.errors import NotFound, OutOfTurn
from portal.core.words import Words
from portal.jobs import live
from portal.jobs.models import Job, JobState
from portal.jobs.queue import find_queue
from portal.jobs.registry import Cancelled, Handler, Work, find_handler, handler
from portal.scope import service as scope

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from portal.access import Actor

__all__ = [
    "ENDED", "Cancelled", "Handler", "Work", "are_stuck", "count_by_state", "find_job", "get_job",
    "handler", "list_jobs", "progress", "request_cancel", "start",
]  # fmt: skip

log = logging.getLogger(__name__)
ENDED = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})


def start(
    session: Session, actor: Actor, path: str, kind: str, arguments: Mapping[str, Any]
) -> Job:
    """Ask for a job, as part of the caller's transaction; it is sent off when that commits.

    The caller has asked leave for what the job will do. It is done in the name of `actor`, with
    what they may do when it runs.

    Args:
        session: the caller's session.
        actor: in whose name.
        path: where in the tree.
        kind: a kind that somebody registered with `handler`.
        arguments: ids and options as JSON values; never personal data.

    Raises:
        ValueError: nobody registered that kind.
    """
    if find_handler(kind) is None:
        raise ValueError(f"no handler for jobs of the kind {kind!r}")
    job = Job(
        tenant_id=actor.tenant_id,
        path=path,
        kind=kind,
        arguments=dict(arguments),
        by=actor.user_id,
    )
    session.add(job)
    session.flush()
    audit.record(session, actor, Act.JOB_START, path, f"job:{job.id}", kind=kind)
    _send_when_committed(job)
    return job


def _send_when_committed(job: Job) -> None:
    queue, session = find_queue(), object_session(job)
    if queue is None or session is None:
        return
    tenant_id, job_id = job.tenant_id, job.id

    def send(_session: Session) -> None:
        try:
            queue.send(tenant_id, job_id)
        except Exception:  # noqa: BLE001  committed already: a queue that is away undoes nothing
            log.warning("job %s waits for the sweeper: the queue did not take it", job_id)

    event.listen(session, "after_commit", send, once=True)


def find_job(session: Session, actor: Actor, job_id: uuid.UUID) -> Job | None:
    """Return a job that was asked for in the actor's name, as it stands now; or None."""
    job = session.scalars(
        select(Job)
        .where(Job.tenant_id == actor.tenant_id, Job.id == job_id, _mine(actor))
        .execution_options(populate_existing=True)
    ).one_or_none()
    now = live.running.get(job_id)
    if job is not None and now is not None and job.state == JobState.RUNNING:
        set_committed_value(job, "done", now.done)
        set_committed_value(job, "total", now.total)
    return job


def get_job(session: Session, actor: Actor, job_id: uuid.UUID) -> Job:
    """Return a job that was asked for in the actor's name, as it stands now.

    Raises:
        NotFound: they asked for no such job.
    """
    job = find_job(session, actor, job_id)
    if job is None:
        raise NotFound(Words("后台任务", "job"))
    return job


def list_jobs(session: Session, actor: Actor, *, limit: int = 20) -> Sequence[Job]:
    """Return the jobs asked for in the actor's name, the newest first."""
    return session.scalars(
        select(Job)
        .where(Job.tenant_id == actor.tenant_id, _mine(actor))
        .order_by(Job.id.desc())
        .limit(limit)
    ).all()


@scope.through(scope.Reason.JOBS)
def count_by_state(session: Session) -> Sequence[tuple[int, str, int]]:
    """Return tenant, state and number of jobs; for whoever watches the machine."""
    query = select(Job.tenant_id, Job.state, func.count()).group_by(Job.tenant_id, Job.state)
    return [(tenant, state, count) for tenant, state, count in session.execute(query)]


@scope.through(scope.Reason.JOBS)
def are_stuck(session: Session, seconds: float) -> bool:
    """Tell whether a job has waited so long though none is being done: nobody does any."""
    since = clock.now() - timedelta(seconds=seconds)
    late = (Job.state == JobState.WAITING.value) & (Job.at < since)
    running = Job.state == JobState.RUNNING.value
    return bool(session.scalar(select(exists().where(late) & ~exists().where(running))))


def _mine(actor: Actor) -> Any:
    return Job.by.is_(None) if actor.user_id is None else Job.by == actor.user_id


def progress(session: Session, job: Job, done: int, total: int) -> None:
    """Write down that `done` of `total` is done."""
    job.done, job.total = done, total
    session.flush()


def request_cancel(session: Session, actor: Actor, job_id: uuid.UUID) -> Job:
    """Ask a job to stop: at once if it has not begun, else at its next step.

    Raises:
        NotFound: the actor asked for no such job.
        OutOfTurn: it has ended.
    """
    # Asked in memory first: on SQLite the next line waits until the job lets go of the database.
    stopped = live.ask_to_stop(actor.tenant_id, actor.user_id, job_id)
    job = get_job(session, actor, job_id)
    if job.state in ENDED and not (stopped and job.state == JobState.CANCELLED):
        raise OutOfTurn(
            Words(
                "这个任务已经结束，不能再取消。它的结果见任务页",
                "This job has ended and cannot be cancelled; its page shows what came of it",
            )
        )
    job.cancel = True
    if job.state == JobState.WAITING:
        job.state, job.ended_at = JobState.CANCELLED.value, clock.now()
    audit.record(session, actor, Act.JOB_CANCEL, job.path, f"job:{job.id}", kind=job.kind)
    session.flush()
    return job
