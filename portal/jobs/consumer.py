"""Whoever takes jobs from the queue: a thread beside the web server, or a worker process."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
import time
from typing import TYPE_CHECKING, Any

from huey.consumer import Consumer, ConsumerStopped, Scheduler
from sqlalchemy import event

from portal.jobs.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import Engine

    from portal.jobs.chores import Chore
    from portal.jobs.queue import Queue

log = logging.getLogger(__name__)

SWEEP_SECONDS = 5.0
OVERDUE_SECONDS = 10.0


class _Sweeper(Scheduler):  # type: ignore[misc]  # huey ships no types
    """Sends jobs again that nobody picked up: their message was lost, or never sent."""

    sweep_due = 0.0

    def loop(self, now: Any = None) -> None:
        super().loop(now)
        if time.monotonic() >= self.sweep_due:
            self.sweep_due = time.monotonic() + SWEEP_SECONDS
            self.huey.sweep()


class _Alone(Consumer):  # type: ignore[misc]
    scheduler_class = _Sweeper

    def stop(self, graceful: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        """Let the job in hand come to its next step, whatever the signal was."""
        super().stop(graceful=True)


class _Quiet(_Alone):
    def watch(self) -> None:
        """Replace threads that died, until it is stopped."""
        since = time.monotonic()
        with contextlib.suppress(ConsumerStopped):
            while True:
                since = self.loop(since)

    def _set_signal_handlers(self) -> None:
        """Leave signals to the process whose thread this is."""


class Worker:
    """Does the jobs of one queue and database until it is stopped."""

    def __init__(
        self,
        queue: Queue,
        engine: Engine,
        *,
        threads: int = 1,
        overdue_seconds: float = OVERDUE_SECONDS,
        chores: Sequence[Chore] = (),
    ) -> None:
        """Take a queue and the database its jobs are in.

        Args:
            queue: where ids of jobs come from.
            engine: the database the jobs are in.
            threads: how many jobs at a time; on SQLite always one.
            overdue_seconds: how long a job may wait before it is sent again.
            chores: what is to be looked after now and then, whether or not there are jobs.
        """
        self._chores = chores
        self._queue, self._overdue = queue, overdue_seconds
        self._threads = 1 if queue.lock else threads
        self.runner = Runner(engine, self._stopping)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _keep_in_memory)
        self._claim: sqlite3.Connection | None = None
        self._thread: threading.Thread | None = None
        self._consumer: Consumer | None = None

    def start(self) -> bool:
        """Work in a thread of this process; tell whether this process is the one to do so."""
        if not self._prepare(_Quiet):
            return False
        assert self._consumer is not None
        self._consumer.start()
        self._thread = threading.Thread(target=self._consumer.watch, name="jobs", daemon=True)
        self._thread.start()
        return True

    def stop(self) -> None:
        """Let the job in hand come to its next step, then end."""
        if self._consumer is not None and self._thread is not None:
            self._consumer.stop()
            self._thread.join(timeout=30)
        self._release()

    def run(self) -> bool:
        """Work in the foreground until a signal comes; tell whether there was anything to do."""
        if not self._prepare(_Alone):
            return False
        assert self._consumer is not None
        try:
            self._consumer.run()
        finally:
            self._release()
        return True

    def _stopping(self) -> bool:
        return self._consumer is not None and self._consumer.stop_flag.is_set()

    def _prepare(self, kind: type[Consumer]) -> bool:
        if self._queue.lock is not None:
            self._claim = _claimed(self._queue.lock)
            if self._claim is None:
                log.info("another process does the jobs of this database")
                return False
            self.runner.give_up_interrupted()  # what a consumer left that died
        huey = self._queue.huey
        self._queue.perform = self.runner.perform
        huey.sweep = self._sweep
        huey.on_shutdown(name="close")(self._queue.close)
        self._consumer = kind(
            huey,
            workers=self._threads,
            periodic=False,
            max_delay=1.0,
            shutdown_timeout=25,
            health_check_interval=5,
        )
        return True

    def _sweep(self) -> None:
        for chore in self._chores:
            chore.attend(self.runner.engine)
        if self._queue.lock is None:
            self.runner.give_up_interrupted()
        if self._queue.huey.pending_count():
            return
        for tenant_id, job_id in self.runner.waiting(self._overdue):
            self._queue.send(tenant_id, job_id)

    def _release(self) -> None:
        self._queue.huey.unregister_on_shutdown(name="close")
        self._queue.perform = None
        self._queue.close()
        if self._claim is not None:
            self._claim.close()
            self._claim = None


def _keep_in_memory(connection: Any, _record: Any) -> None:
    """Let a long transaction wait in memory, so that pages can be read until it commits."""
    connection.execute("PRAGMA cache_spill=OFF")


def _claimed(lock: Path) -> sqlite3.Connection | None:
    """Return a hold on the file `lock`, which ends with the process; None if another holds it."""
    claim = sqlite3.connect(lock, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        claim.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        claim.close()
        return None
    return claim
