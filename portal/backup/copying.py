"""Copying a whole database while it is used, and filling an empty one from the copy."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, func, inspect, make_url, select, table

from portal.core.database import open_engine
from portal.core.errors import OutOfTurn
from portal.core.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Engine

NOT_EMPTY = Words(
    "目标库里已有表。请恢复到一个空库，现有的内容没有动",
    "The database to restore into has tables already. Give an empty one; nothing was touched",
)


def counts(connection: Connection) -> dict[str, int]:
    """Return how many rows each table has."""
    names = inspect(connection).get_table_names()
    return {
        name: connection.scalar(select(func.count()).select_from(table(name))) or 0
        for name in sorted(names)
        if not name.startswith("huey")
    }


@contextmanager
def copied(engine: Engine, to: Path) -> Iterator[Connection]:
    """Copy the database to the file `to`; within the block, read it as it was copied."""
    if engine.dialect.name == "sqlite":
        _copy_sqlite(Path(str(engine.url.database)), to)
        other = open_engine(f"sqlite:///{to}", owner=True)
        with other.connect() as connection:
            yield connection
        other.dispose()
        return
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        snapshot = connection.scalar(select(func.pg_export_snapshot()))
        _run("pg_dump", engine.url, "--format=custom", f"--snapshot={snapshot}", f"--file={to}")
        yield connection


def _copy_sqlite(source: Path, to: Path) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(to)) as new:
        old.backup(new, pages=1000)


def _run(program: str, url: URL, *words: str) -> None:
    """Run a program of PostgreSQL on a database; its password is not shown to other users."""
    found = shutil.which(program)
    if found is None:
        raise OutOfTurn(
            Words(
                f"这台机器上没有 {program}。请安装 postgresql-client",
                f"There is no {program} on this machine: install postgresql-client",
            )
        )
    password = {"PGPASSWORD": url.password} if url.password else {}
    bare = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    done = subprocess.run(  # noqa: S603  a program of PostgreSQL, with words of our own
        [found, *words, f"--dbname={bare}"], env=os.environ | password, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["?"])[0]
        raise OutOfTurn(
            Words(f"{program} 没有做成：{reason}", f"{program} did not succeed: {reason}")
        )


def require_empty(url: str) -> None:
    """Return quietly if the database at `url` holds nothing.

    Raises:
        OutOfTurn: it has tables.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and not Path(str(address.database)).exists():
        return
    engine = open_engine(url, owner=True)
    try:
        if inspect(engine).get_table_names():
            raise OutOfTurn(NOT_EMPTY)
    finally:
        engine.dispose()


def fill(url: str, copy: Path) -> None:
    """Fill the empty database at `url` from the file that `copied` wrote."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        to = Path(str(address.database))
        to.touch(mode=0o600)
        _copy_sqlite(copy, to)
        return
    _run("pg_restore", address, "--no-owner", "--no-privileges", "--exit-on-error",
         "--single-transaction", str(copy))  # fmt: skip


@contextmanager
def scratch(like: str, folder: Path, given: str | None = None) -> Iterator[str]:
    """Lend a database to try a restore in: a file in `folder`, or one beside `like`."""
    address = make_url(like)
    if given is not None:
        require_empty(given)
        yield given
    elif address.get_backend_name() == "sqlite":
        yield f"sqlite:///{folder / 'scratch.db'}"
    else:
        name = f"sicha_check_{os.urandom(4).hex()}"
        _alone(like, f'CREATE DATABASE "{name}" TEMPLATE template0')
        try:
            yield address.set(database=name).render_as_string(hide_password=False)
        finally:
            _alone(like, f'DROP DATABASE "{name}" WITH (FORCE)')


def _alone(url: str, statement: str) -> None:
    engine = open_engine(url, owner=True)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def difference(before: Mapping[str, int], after: Mapping[str, int]) -> list[str]:
    """Return what differs in the numbers of rows, table by table."""
    return [
        f"{name}: {before.get(name)} ≠ {after.get(name)}"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]
