"""portal worker: do background jobs until told to stop."""

from __future__ import annotations

import click

from portal import upkeep
from portal.cli import edge
from portal.core import logs
from portal.core.database import open_engine
from portal.core.errors import OutOfTurn
from portal.core.words import Words
from portal.documents import store
from portal.imports import service as imports
from portal.jobs import queue
from portal.jobs.consumer import Worker

# Whose jobs this process can do: each of these registers its kinds when it is imported.
PARTS = (imports,)


@click.command("worker")
@edge.database_option
@click.option(
    "--threads",
    type=click.IntRange(1, 32),
    default=2,
    show_default=True,
    help="同时办理几个任务（SQLite 总是 1）/ jobs at a time; always one on SQLite.",
)
def command(database: str | None, threads: int) -> None:
    """办理后台任务 / Do background jobs, until a signal stops it.

    Needed on PostgreSQL, in as many processes as you like. On SQLite the web server does the
    jobs itself, and this refuses to start beside it.
    """
    url = edge.database_url(database)
    settings = edge.keys_in_place(url)
    logs.set_up(settings.log_format, debug=settings.debug)
    store.put_in_place(settings.data_dir)
    engine = open_engine(url)
    try:
        waiting = queue.open_queue(url, settings.data_dir)
        if not Worker(waiting, engine, threads=threads, chores=upkeep.chores_of(settings)).run():
            raise OutOfTurn(
                Words(
                    "已有一个进程在办理这个库的后台任务，这里不用再开",
                    "Another process does the jobs of this database already",
                )
            )
    finally:
        engine.dispose()
