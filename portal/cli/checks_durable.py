"""Whether what was saved stays saved: how the database writes, its version, its clock, its jobs."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select, text

from portal.audit import Entry
from portal.cli.checks import Fault, Weight
from portal.core import clock
from portal.core.words import Words
from portal.jobs import service as jobs
from portal.scope import service as scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import Connection
    from sqlalchemy.orm import Session

OLDEST_SQLITE, OLDEST_POSTGRES = (3, 35, 0), 140_000
# What every connection to SQLite has to say, and PostgreSQL's server (security.md B1). The schema
# is trusted, or the triggers of the walls could not ask their function (ADR 19).
PRAGMAS = {"foreign_keys": 1, "synchronous": 2, "secure_delete": 1, "trusted_schema": 1}
SHORTEST_WAIT = 5_000
SERVER = ("fsync", "full_page_writes", "synchronous_commit")
MOST_DRIFT = timedelta(seconds=30)
JOB_PATIENCE_SECONDS = 600


def writing(connection: Connection) -> Iterator[Fault]:
    """Yield what is wrong with how the database behind `connection` writes."""
    if connection.dialect.name == "sqlite":
        yield from _old_sqlite(sqlite3.sqlite_version_info)
        names = (*PRAGMAS, "busy_timeout")
        said = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}
        yield from _pragmas({name: int(value or 0) for name, value in said.items()})
    else:
        shown = {name: str(connection.scalar(text(f"SHOW {name}"))) for name in SERVER}
        yield from _server(shown)
        yield from _old_postgres(int(connection.scalar(text("SHOW server_version_num")) or 0))
        yield from _drift(connection.scalar(select(func.clock_timestamp())) or clock.now())


def _old_sqlite(version: tuple[int, ...]) -> Iterator[Fault]:
    if version < OLDEST_SQLITE:
        yield _old("SQLite", "3.35", "sqlite-old")


def _old_postgres(number: int) -> Iterator[Fault]:
    if number < OLDEST_POSTGRES:
        yield _old("PostgreSQL", "14", "postgres-old")


def _old(what: str, oldest: str, code: str) -> Fault:
    return Fault(
        code,
        Weight.ALWAYS,
        Words(f"{what} 版本太旧", f"This {what} is too old"),
        Words(f"升级到 {oldest} 或更新", f"Use {oldest} or later"),
    )


def _pragmas(said: Mapping[str, int]) -> Iterator[Fault]:
    wrong = sorted(name for name, value in PRAGMAS.items() if said[name] != value)
    if said["busy_timeout"] < SHORTEST_WAIT:
        wrong.append("busy_timeout")
    if wrong:
        yield Fault(
            "sqlite-unsafe",
            Weight.ALWAYS,
            Words(
                f"SQLite 连接的设置不安全：{'、'.join(wrong)}",
                f"Connections to SQLite are not set up safely: {', '.join(wrong)}",
            ),
            Words(
                "换用未改动的发行包；这些由程序自己设定",
                "Install the portal again, unchanged; it sets these itself",
            ),
        )


def _server(shown: Mapping[str, str]) -> Iterator[Fault]:
    off = sorted(name for name, value in shown.items() if value == "off")
    if off:
        yield Fault(
            "durability",
            Weight.DEPLOY_ONLY,
            Words(
                f"PostgreSQL 关掉了 {'、'.join(off)}，断电会丢数据或损坏",
                f"PostgreSQL has {', '.join(off)} off: a power cut loses or breaks data",
            ),
            Words(
                "在 postgresql.conf 里改为 on 并重新加载",
                "Set them to on in postgresql.conf and reload",
            ),
        )


def _drift(there: datetime) -> Iterator[Fault]:
    seconds = abs((there - clock.now()).total_seconds())
    if seconds > MOST_DRIFT.total_seconds():
        yield _clock(
            Words(
                f"本机时钟与数据库服务器相差 {seconds:.0f} 秒",
                f"The clocks here and at the database are {seconds:.0f} seconds apart",
            )
        )


def _clock(words: Words) -> Fault:
    mend = Words(
        "启用时间同步（chrony 或 systemd-timesyncd），再检查",
        "Let chrony or systemd-timesyncd keep the time, and check again",
    )
    return Fault("clock", Weight.DEPLOY, words, mend)


def running(session: Session) -> Iterator[Fault]:
    """Yield what the rows tell about the clock and about who does the jobs."""
    with scope.beyond(session, scope.Reason.HEADS):
        newest = session.scalar(select(func.max(Entry.at)))
    if newest is not None and newest > clock.now() + MOST_DRIFT:
        yield _clock(
            Words(
                "操作日志里有将来的时间，本机时钟慢了",
                "The audit log holds a time to come: the clock here is behind",
            )
        )
    if jobs.are_stuck(session, JOB_PATIENCE_SECONDS):
        yield Fault(
            "jobs-stuck",
            Weight.HINT,  # starting is what mends it, so it must not keep anything from starting
            Words(
                "有后台任务等了十分钟没人办理", "Jobs have waited ten minutes and nobody does any"
            ),
            Words(
                "启动 portal worker；SQLite 请启动网页服务",
                "Start portal worker, or on SQLite the web server",
            ),
        )
