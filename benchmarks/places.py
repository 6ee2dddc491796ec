"""Databases to measure on: an SQLite file, and a PostgreSQL server of our own if it is here."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from portal import tables
from portal.core import crypto
from portal.core.database import open_engine
from portal.documents import store
from tests import cluster, machine

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = b"sicha".ljust(32, b".")


@dataclass
class Places:
    """Makes empty databases with every table, by name of the system."""

    folder: Path
    server: str | None
    full: bool
    _numbers: Iterator[int] = field(default_factory=count)

    @property
    def systems(self) -> list[str]:
        """Return the systems to measure on."""
        return ["SQLite", "PostgreSQL"] if self.server else ["SQLite"]

    def fresh(self, system: str) -> str:
        """Return the URL of a new database on `system`."""
        name = f"bench_{next(self._numbers)}"
        if system == "SQLite":
            url = f"sqlite:///{self.folder / name}.db"
        else:
            assert self.server is not None
            with psycopg.connect(self._plain("postgres"), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}".encode())
            url = f"{self.server}/{name}"
        engine = open_engine(url, owner=True)
        tables.Model.metadata.create_all(engine)
        engine.dispose()
        return url

    def settle(self, url: str) -> None:
        """Let the planner know what is in the database, as autovacuum does in time."""
        if not url.startswith("sqlite"):
            with psycopg.connect(
                self._plain(url.rpartition("/")[2]), autocommit=True
            ) as connection:
                connection.execute("ANALYZE")

    def _plain(self, name: str) -> str:
        return f"{(self.server or '').replace('+psycopg', '')}/{name}"


def put_keys_in_place() -> None:
    """Give this process the keys that every process of a benchmark has."""
    crypto.put_in_place(crypto.Keyring({"key1": KEY}))


@contextmanager
def opened(*, full: bool, sqlite_only: bool) -> Iterator[Places]:
    """Open the places for the block."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sicha-bench-")))
        programs = None if sqlite_only else machine.postgres_programs()
        server = stack.enter_context(cluster.running(programs)) if programs else None
        put_keys_in_place()
        store.put_in_place(folder)
        yield Places(folder, server, full)
