"""What a WSGI server serves: ``gunicorn portal.wsgi:app``, or ``waitress-serve portal.wsgi:app``.

On SQLite a thread of the first such process also does the background jobs; on PostgreSQL
`portal worker` does them.
"""

from __future__ import annotations

import atexit
import signal
from typing import TYPE_CHECKING

from portal import upkeep
from portal.app import create_app
from portal.core import logs
from portal.core.database import open_engine
from portal.jobs.consumer import Worker
from portal.jobs.queue import find_queue
from portal.settings import Settings

if TYPE_CHECKING:
    from flask import Flask


def attend(app: Flask) -> Worker | None:
    """Do the jobs of a portal on SQLite in a thread of this process, if no other does them."""
    queue = find_queue()
    if queue is None or queue.lock is None:
        return None
    engine = open_engine(app.config["SQLALCHEMY_DATABASE_URI"])
    worker = Worker(queue, engine, chores=upkeep.chores_of(app.extensions["portal.settings"]))
    return worker if worker.start() else None


def end_well(worker: Worker | None) -> None:
    """See to it that a termination signal lets the job in hand come to its next step.

    gunicorn has its own way to end, which lets requests finish and which this leaves alone. A
    server without one, such as waitress, is told to stop as if from the keyboard.
    """
    if worker is not None:
        atexit.register(worker.stop)
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, signal.default_int_handler)


settings = Settings()
logs.set_up(settings.log_format, debug=settings.debug)
app = create_app(settings)
worker = attend(app)
end_well(worker)
