"""What a WSGI server serves: ``gunicorn portal.wsgi:app``, or ``waitress-serve portal.wsgi:app``.

On SQLite a thread of the first such process also does the background jobs; on PostgreSQL
`portal worker` does them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.app import create_app
from portal.core.database import open_engine
from portal.jobs import chores
from portal.jobs.consumer import Worker
from portal.jobs.queue import find_queue

if TYPE_CHECKING:
    from flask import Flask


def attend(app: Flask) -> Worker | None:
    """Do the jobs of a portal on SQLite in a thread of this process, if no other does them."""
    queue = find_queue()
    if queue is None or queue.lock is None:
        return None
    engine = open_engine(app.config["SQLALCHEMY_DATABASE_URI"])
    worker = Worker(queue, engine, chores=chores.of(app.extensions["portal.settings"]))
    return worker if worker.start() else None


app = create_app()
worker = attend(app)
