"""portal worker as a process of its own: it works, it stops, and others notice when it dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.orm import Session

from portal.core.database import open_engine, transaction
from portal.imports import service as imports
from portal.jobs import queue as queues
from portal.jobs import service as jobs
from portal.jobs.models import Job, JobState
from portal.jobs.runner import INTERRUPTED, Runner
from tests.integration.commands import MASTER, SECRET
from tests.integration.grown import grow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Engine

COMMAND = [sys.executable, "-c", "from portal.cli import main; main()", "worker", "--database"]


@contextmanager
def working(url: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    env = {
        **os.environ,
        "PORTAL_DATA_DIR": str(folder),
        "PORTAL_SECRET_KEY": SECRET,
        "PORTAL_MASTER_KEY": MASTER,
    }
    process = subprocess.Popen(
        [*COMMAND, url], env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def until(engine: Engine, job_id: uuid.UUID, wanted: Callable[[Job], bool]) -> Job:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with Session(engine) as session:
            job = session.get_one(Job, (1, job_id))
            if wanted(job):
                return job
        time.sleep(0.1)
    raise AssertionError(f"still {job.state}")


def ask(engine: Engine) -> uuid.UUID:
    """Ask for the reading of a file that is gone: a job that any worker knows, soon over."""
    with Session(engine) as session:
        grown = grow(session)
        with transaction(session):
            job = jobs.start(
                session,
                grown.operator,
                grown.units["B1"].path,
                imports.READ_JOB,
                {"upload": str(uuid.uuid4())},
            )
            return job.id


def test_a_worker_does_what_was_asked_for_and_stops_when_told(database_url: str, tmp_path: Path):
    engine = open_engine(database_url, owner=True)
    queue = queues.open_queue(database_url, tmp_path)
    queues.put_in_place(queue)
    job_id = ask(engine)
    queues.put_in_place(None)
    queue.close()
    with working(database_url, tmp_path) as process:
        job = until(engine, job_id, lambda job: job.state in jobs.ENDED)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    assert (job.state, job.message_zh[:4]) == (JobState.FAILED, "没有找到")
    engine.dispose()


def test_beside_another_consumer_of_an_sqlite_file_it_refuses(database_url: str, tmp_path: Path):
    if not database_url.startswith("sqlite"):
        return
    with working(database_url, tmp_path) as first:
        assert first.stdout is not None
        assert "consumer started" in first.stdout.readline()
        with working(database_url, tmp_path) as second:
            told, _ = second.communicate(timeout=30)
        assert second.returncode == 1
        assert "Another process" in told


@pytest.mark.postgres
def test_on_postgresql_the_others_notice_that_a_worker_died(postgres_url: str):
    engine = open_engine(postgres_url, owner=True)
    job_id = ask(engine)
    with Session(engine) as session, transaction(session):
        session.get_one(Job, (1, job_id)).state = JobState.RUNNING.value
    one, other = Runner(engine), Runner(engine)
    with one._holding(job_id):
        assert other.give_up_interrupted() == 0
    assert other.give_up_interrupted() == 1
    job = until(engine, job_id, lambda job: job.state == JobState.FAILED)
    assert job.message_en == INTERRUPTED.en
    engine.dispose()
