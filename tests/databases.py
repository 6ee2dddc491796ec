"""Fresh databases with every table in them, quickly: made once, then copied."""

from __future__ import annotations

import shutil
from itertools import count
from typing import TYPE_CHECKING

import psycopg
from sqlalchemy import make_url, text

from portal import tables
from portal.core import migrations
from portal.core.database import open_engine
from portal.scope import walls

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine, Table

METADATA = tables.Model.metadata
PARTITIONS = 4
APP_ROLE = "sicha_app"


def partitioned_tables() -> list[Table]:
    """Return the tables that `PARTITION BY HASH (tenant_id)` is meant for."""
    return [table for table in METADATA.sorted_tables if "tenant_id" in table.primary_key.columns]


def create_partitioned(engine: Engine) -> None:
    """Create every table, those of tenants in four parts by tenant."""
    split = partitioned_tables()
    for table in split:
        table.dialect_options["postgresql"]["partition_by"] = "HASH (tenant_id)"
    try:
        METADATA.create_all(engine)
    finally:
        for table in split:
            table.dialect_options["postgresql"]["partition_by"] = None
    with engine.begin() as connection:
        for table in split:
            for part in range(PARTITIONS):
                connection.execute(
                    text(
                        f'CREATE TABLE "{table.name}_{part}" PARTITION OF "{table.name}"'
                        f" FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {part})"
                    )
                )


def say_current(engine: Engine) -> None:
    """Write down, as `portal setup` does, that the schema is the one of this version."""
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        for head in migrations.heads():
            connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": head})


def wall(engine: Engine) -> None:
    """Put the tables behind their walls, as `portal setup` does."""
    with engine.begin() as connection:
        walls.build(connection)


def as_app(url: str) -> str:
    """Return the URL by which the portal itself comes to the database: never as its owner."""
    address = make_url(url)
    if address.get_backend_name() == "postgresql":
        address = address.set(username=APP_ROLE)
    return address.render_as_string(hide_password=False)


def as_owner(url: str) -> str:
    """Return the URL by which the owner of the tables comes to the same database."""
    address = make_url(url)
    if address.get_backend_name() == "postgresql":
        address = address.set(username="sicha")
    return address.render_as_string(hide_password=False)


class SqliteFiles:
    """Copies of one SQLite file."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._numbers = folder, count()
        self._pattern = folder / "pattern.db"
        engine = open_engine(f"sqlite:///{self._pattern}", owner=True)
        METADATA.create_all(engine)
        say_current(engine)
        wall(engine)
        engine.dispose()

    def fresh(self) -> str:
        """Return the URL of a new database with every table in it."""
        file = self._folder / f"{next(self._numbers)}.db"
        shutil.copyfile(self._pattern, file)
        return f"sqlite:///{file}"

    def drop(self, url: str) -> None:
        """Remove the database at `url`."""
        (self._folder / url.rpartition("/")[2]).unlink()


class PostgresCopies:
    """Copies of one PostgreSQL database; one that was given back is emptied and lent again."""

    def __init__(self, server: str, *, partitioned: bool) -> None:
        self._server, self._numbers = server, count()
        self._spare: list[str] = []
        self._execute("CREATE DATABASE pattern")
        engine = open_engine(f"{server}/pattern", owner=True)
        if partitioned:
            create_partitioned(engine)
        else:
            METADATA.create_all(engine)
        say_current(engine)
        wall(engine)
        with engine.begin() as connection:
            walls.admit(connection, APP_ROLE)
        engine.dispose()

    def _execute(self, statement: str, database: str = "postgres") -> list[tuple[str, ...]]:
        url = f"{self._server.replace('+psycopg', '')}/{database}"
        with psycopg.connect(url, autocommit=True) as connection:
            done = connection.execute(statement.encode())
            return done.fetchall() if done.description else []

    def fresh(self) -> str:
        """Return the URL of a database with every table in it and no row."""
        if not self._spare:
            name = f"test_{next(self._numbers)}"
            self._execute(f"CREATE DATABASE {name} TEMPLATE pattern")
            self._spare.append(name)
        return f"{self._server}/{self._spare.pop()}"

    def empty(self) -> str:
        """Return the URL of a new database with nothing in it."""
        name = f"empty_{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name}")
        return f"{self._server}/{name}"

    def drop(self, url: str) -> None:
        """Empty the database at `url`, also from under whoever is still connected."""
        name = url.rpartition("/")[2]
        self._execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE datname = '{name}' AND backend_type = 'client backend'"
        )
        looks = " UNION ALL ".join(
            f"SELECT '{table}' WHERE EXISTS (SELECT FROM \"{table}\")" for table in METADATA.tables
        )
        filled = [row[0] for row in self._execute(looks, name)]
        deletes = "".join(f'DELETE FROM "{table}";' for table in filled)
        restart = "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S';"
        self._execute(f"SET session_replication_role = replica; {deletes} {restart}", name)
        self._spare.append(name)
