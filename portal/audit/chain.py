"""The chain: every entry carries the hash of the one before it (security.md L4, ADR 12).

Entries wait in the session until it commits. Then, as the last thing the transaction does, the
head of the tenant is held, the entries get their numbers and hashes in one go, and the head
moves on. Nobody waits for the chain while somebody else is still at work.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.audit.models import NOTHING_BEFORE, Entry, Head
from portal.core import clock
from portal.scope import service as scope

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import SessionTransaction

SCHEME = 1
_WAITING = "audit waiting"


@dataclass(frozen=True, slots=True)
class _Waiting:
    entry: Entry
    within: SessionTransaction | None


def canonical(entry: Any, number: int, previous: bytes) -> bytes:
    """Return what of `entry` is hashed under scheme 1. Never changed: a change is a new scheme.

    A JSON array, ASCII only, keys sorted, no blanks; instants in UTC to the microsecond, ids and
    digests in lower-case text. `entry` is an `Entry`, or a row with its columns.
    """
    said = [
        "sicha-audit-1", entry.tenant_id, number, previous.hex(), str(entry.id), entry.user_id,
        entry.roles, _instant(entry.at), entry.act, entry.path, entry.subject, entry.result,
        entry.address, entry.detail,
    ]  # fmt: skip
    return json.dumps(said, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _instant(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def digest(entry: Any, number: int, previous: bytes) -> bytes:
    """Return the hash of `entry` as number `number`, after an entry with the hash `previous`."""
    return sha256(canonical(entry, number, previous)).digest()


def wait(session: Session, entry: Entry) -> None:
    """Let `entry` wait in `session` until it commits.

    Raises:
        OutOfScope: it is in the name of somebody else than whoever acts.
    """
    scope.require(session, entry)
    if not session.in_transaction():
        session.begin()  # else nothing would tell us that it was undone
    within = session.get_nested_transaction()
    session.info.setdefault(_WAITING, []).append(_Waiting(entry, within))


def keep_for_every_session() -> None:
    """Chain what waits whenever a session commits, and forget it when that is undone."""
    event.listen(Session, "before_commit", _chain_all)
    event.listen(Session, "after_soft_rollback", _forget)
    event.listen(Session, "after_transaction_end", _forget_all)


def _chain_all(session: Session) -> None:
    if session.in_nested_transaction():
        return
    waiting: list[_Waiting] = session.info.pop(_WAITING, [])
    if not waiting:
        return
    session.flush()
    for tenant_id in sorted({each.entry.tenant_id for each in waiting}):
        with scope.beyond(session, scope.Reason.LOG, tenant_id):
            link(session, tenant_id, [w.entry for w in waiting if w.entry.tenant_id == tenant_id])


def _forget(session: Session, undone: SessionTransaction) -> None:
    waiting: list[_Waiting] = session.info.get(_WAITING, [])
    if waiting and undone.nested:
        session.info[_WAITING] = [each for each in waiting if not _is_part(each.within, undone)]


def _forget_all(session: Session, ended: SessionTransaction) -> None:
    if ended.parent is None:
        session.info.pop(_WAITING, None)


def _is_part(within: SessionTransaction | None, whole: SessionTransaction) -> bool:
    while within is not None and within is not whole:
        within = within.parent
    return within is whole


def link(session: Session, tenant_id: int, entries: Sequence[Entry]) -> None:
    """Append `entries` to the chain of a tenant, in this order, as one piece."""
    number, previous = held(session, tenant_id)
    for entry in entries:
        number += 1
        entry.number, entry.previous = number, previous
        entry.hash = previous = digest(entry, number, previous)
    session.add_all(entries)
    session.execute(
        update(Head.__table__)  # type: ignore[arg-type]  # a Table, to its stubs a FromClause
        .where(Head.__table__.c.tenant_id == tenant_id)
        .values(number=number, hash=previous, at=clock.now())
    )


def held(session: Session, tenant_id: int) -> tuple[int, bytes]:
    """Return number and hash of the head of a tenant, and hold it until the commit.

    PostgreSQL locks the row. SQLite has one writer at a time, from ``BEGIN IMMEDIATE`` on.
    """
    table = Head.__table__
    query = select(table.c.number, table.c.hash).where(table.c.tenant_id == tenant_id)
    found = session.execute(query.with_for_update()).one_or_none()
    if found is None:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        first = dialect.insert(table).values(
            tenant_id=tenant_id, number=0, hash=NOTHING_BEFORE, at=clock.now()
        )
        session.execute(first.on_conflict_do_nothing())
        found = session.execute(query.with_for_update()).one()
    return found.number, found.hash
