"""portal setup: make a database, or bring it to the schema of this version."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from portal.cli import edge
from portal.core import migrations
from portal.core.crypto import ring
from portal.core.database import open_engine, transaction
from portal.core.words import Words
from portal.jobs import queue
from portal.privacy import service as privacy
from portal.scope import walls
from portal.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection


def set_up(url: str) -> None:
    """Bring the database at `url` to the newest schema, and make the queue of its jobs.

    What is made here, folders and files, is open to the one who runs this and to nobody else.
    """
    folder = Settings().data_dir
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
    settings = edge.keys_in_place(url)
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and address.database not in {None, "", ":memory:"}:
        file = Path(str(address.database)).absolute()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
    owned = owner_url(url)
    _with_owner(owned, walls.lower)
    migrations.upgrade(owned)
    _register(owned)
    _with_owner(owned, walls.build)
    if owned != url:
        _with_owner(owned, lambda connection: walls.admit(connection, str(address.username)))
    queue.open_queue(url, settings.data_dir).close()


def owner_url(url: str) -> str:
    """Return the URL by which the tables of `url` are made: that of their owner, if one is set."""
    owner = Settings().database_owner
    same = owner and make_url(owner).set(username=None, password=None) == make_url(url).set(
        username=None, password=None
    )
    return owner if same else url


def _register(url: str) -> None:
    """Note which keys this database is written with, or refuse those that are not its own."""
    engine = open_engine(url, owner=True)
    with Session(engine) as session, transaction(session):
        privacy.register(session, ring())
    engine.dispose()


def _with_owner(url: str, act: Callable[[Connection], None]) -> None:
    engine = open_engine(url, owner=True)
    with engine.begin() as connection:
        act(connection)
    engine.dispose()


@click.command("setup")
@edge.database_option
@edge.json_option
def command(database: str | None, as_json: bool) -> None:
    """建库或升级表结构 / Create the database's tables, or bring them up to date.

    May be run again at any time; what is in the database stays.
    """
    url = edge.database_url(database)
    set_up(url)
    shown = make_url(url).render_as_string(hide_password=True)
    edge.show(
        {"database": shown, "revision": list(migrations.heads())},
        as_json=as_json,
        words=Words(f"{shown} 的表结构已是最新", f"{shown} has the newest schema"),
    )
