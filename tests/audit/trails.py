"""Writing to the log as the portal does, and tampering with it as somebody might."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from portal import access, audit
from portal.audit import chain
from portal.audit.models import Entry, Head
from portal.core.database import open_engine, transaction

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

ACTOR = access.operator(1)


def write(session: Session, number: int, tenant_id: int = 1, each: int = 1) -> None:
    """Record so many acts, `each` of them in a transaction."""
    actor = access.operator(tenant_id)
    for start in range(0, number, each):
        with transaction(session):
            for at in range(start, min(number, start + each)):
                audit.record(session, actor, audit.Act.UNIT_ADD, "/1/", f"unit:{at}", at=at)


def at_once(url: str, threads: int, act: Callable[[Session, int], None]) -> list[BaseException]:
    """Let so many threads begin `act` at the same moment; return what went wrong."""
    barrier, wrong = threading.Barrier(threads), []

    def run(at: int) -> None:
        engine = open_engine(url, owner=True)
        try:
            with Session(engine) as session:
                barrier.wait()
                act(session, at)
        except BaseException as error:  # noqa: BLE001  handed to the test
            wrong.append(error)
        finally:
            engine.dispose()

    started = [threading.Thread(target=run, args=(at,)) for at in range(threads)]
    for each in started:
        each.start()
    for each in started:
        each.join()
    return wrong


def unguarded(connection: Connection) -> None:
    """Take the guards of the log away, as the owner of the database can."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        return
    names = connection.scalars(
        text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit%'")
    ).all()
    for name in names:
        connection.execute(text(f"DROP TRIGGER {name}"))


TABLE, HEAD = Entry.__table__, Head.__table__
COLUMNS = ("user_id", "roles", "act", "path", "subject", "result", "address", "detail", "at",
           "hash", "previous", "id")  # fmt: skip


def rows(connection: Connection) -> list[dict[str, Any]]:
    """Return the whole log of tenant 1 as plain rows, in order."""
    found = connection.execute(
        TABLE.select().where(TABLE.c.tenant_id == 1).order_by(TABLE.c.number)
    )
    return [dict(row._mapping) for row in found]


def replace(connection: Connection, wanted: list[dict[str, Any]]) -> None:
    """Put `wanted` in place of the log of tenant 1, and the head where it then ends."""
    connection.execute(TABLE.delete().where(TABLE.c.tenant_id == 1))
    if wanted:
        connection.execute(TABLE.insert(), wanted)
    last = wanted[-1] if wanted else {"number": 0, "hash": bytes(32)}
    connection.execute(
        HEAD.update().where(HEAD.c.tenant_id == 1).values(number=last["number"], hash=last["hash"])
    )


def chained(wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows numbered and hashed anew, as somebody who knows how would do it."""
    previous = bytes(32)
    for number, row in enumerate(wanted, 1):
        row |= {"number": number, "previous": previous}
        row["hash"] = previous = chain.digest(_Row(row), number, previous)
    return wanted


class _Row:
    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)


def changed(row: dict[str, Any], column: str, dice: random.Random) -> dict[str, Any]:
    """Return `row` with another value in one column."""
    old = row[column]
    new: Any = f"{old}x"
    if column == "detail":
        new = {**old, "at": dice.randrange(1000, 9999)}
    elif column == "at":
        new = old.replace(microsecond=(old.microsecond + 1) % 1_000_000)
    elif column == "user_id":
        new = dice.randrange(1, 99)
    elif column in {"hash", "previous"}:
        new = bytes(reversed(old)) if old != bytes(32) else b"\1" * 32
    elif column == "id":
        new = type(old)(int=old.int ^ 1)
    return {**row, column: new}


def mutated(whole: list[dict[str, Any]], dice: random.Random) -> tuple[str, list[dict[str, Any]]]:
    """Return one of the ways in which a log can be falsified, and the falsified log."""
    log, at = [dict(row) for row in whole], dice.randrange(len(whole))
    kind = dice.choice(("edit", "delete", "insert", "reorder", "cut", "cut and go on", "rewrite"))
    if kind == "edit":
        log[at] = changed(log[at], dice.choice(COLUMNS), dice)
    elif kind == "delete":
        del log[at]
    elif kind == "insert":
        forged = {**log[at], "id": type(log[at]["id"])(int=dice.getrandbits(127)), "number": 900}
        log.insert(at, forged)
    elif kind == "reorder":
        other = (at + 1 + dice.randrange(len(log) - 1)) % len(log)
        log[at]["number"], log[other]["number"] = log[other]["number"], log[at]["number"]
    elif kind == "cut":
        log = log[:at]
    elif kind == "cut and go on":
        forged = [changed(row, "id", dice) for row in log[at:]]
        log = chained(log[:at] + forged)
    else:
        log[at] = changed(log[at], dice.choice(COLUMNS[:9]), dice)
        log = chained(log)
    return kind, log


def tamper(engine: Engine, wanted: list[dict[str, Any]]) -> None:
    """Put a falsified log into a database whose guards are off."""
    with engine.begin() as connection:
        unguarded(connection)
        replace(connection, wanted)
