"""The queue between those who ask for a job and whoever does it. It carries ids and no more.

On SQLite it is a file of its own in the data folder; on PostgreSQL, tables beside the portal's.
"""

from __future__ import annotations

import json
import uuid
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huey import PostgresHuey, SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer
from sqlalchemy import create_engine, inspect, make_url
from sqlalchemy.pool import NullPool

if TYPE_CHECKING:
    from collections.abc import Callable

    from huey import Huey


class _Json(Serializer):  # type: ignore[misc]  # huey ships no types
    """Messages as JSON: what is read from the queue can only ever be data."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps(data).encode()

    def _deserialize(self, data: Any) -> Message:
        return Message(*json.loads(bytes(data)))


class Queue:
    """Sends ids of jobs, and hands them to `perform` where a consumer runs."""

    def __init__(self, huey: Huey, lock: Path | None = None) -> None:
        """Take a huey, and on SQLite the file by which one process claims to be its consumer."""
        self.huey = huey
        self.lock = lock
        self.perform: Callable[[int, uuid.UUID], None] | None = None
        self._task = huey.task(name="job")(self._received)

    def send(self, tenant_id: int, job_id: uuid.UUID) -> None:
        """Put a job into the queue. Sent twice it is done once."""
        self._task(tenant_id, str(job_id))

    def _received(self, tenant_id: int, job_id: str) -> None:
        if self.perform is not None:
            self.perform(tenant_id, uuid.UUID(job_id))

    def close(self) -> None:
        """Close the connections of the calling thread."""
        self.huey.storage.close()


def open_queue(database: str, folder: Path) -> Queue:
    """Return the queue that belongs to the database at the URL `database`."""
    url = make_url(database)
    if url.get_backend_name() == "sqlite":
        folder.mkdir(parents=True, exist_ok=True)
        file = str(Path(str(url.database)).absolute())
        name = f"jobs-{sha256(file.encode()).hexdigest()[:12]}"
        huey = SqliteHuey(
            "jobs",
            filename=str(folder / f"{name}.db"),
            journal_mode="delete",
            timeout=15,
            results=False,
            serializer=_Json(),
        )
        return Queue(huey, folder / f"{name}.lock")
    dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
    missing = not _has_tables(database)
    return Queue(
        PostgresHuey("jobs", dsn=dsn, create_tables=missing, results=False, serializer=_Json())
    )


def _has_tables(database: str) -> bool:
    """Tell whether the queue's tables are there: a role that may not make any must not try."""
    engine = create_engine(database, poolclass=NullPool)
    try:
        return inspect(engine).has_table("huey_task")
    finally:
        engine.dispose()


_queue: Queue | None = None


def put_in_place(queue: Queue | None) -> None:
    """Make `queue` the one this process sends jobs to; None for nowhere (a sweeper finds them)."""
    global _queue  # noqa: PLW0603  one queue per process, set once by whoever starts it
    _queue = queue


def find_queue() -> Queue | None:
    """Return the queue in place, or None."""
    return _queue
