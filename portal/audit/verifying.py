"""Verifying the chain: every entry is hashed again, in order; the first divergence is told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from portal.audit import chain
from portal.audit.models import NOTHING_BEFORE, Entry, Head
from portal.core.words import Words
from portal.scope import service as scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from portal.audit.heads import Signed

BATCH = 5_000

MISSING = Words("缺这一条，或次序被改", "is missing, or the order was changed")
UNLINKED = Words("与前一条接不上", "does not follow on the one before it")
ALTERED = Words("内容被改过", "was altered")
UNKNOWN = Words("写法不认识，请用较新的版本核对", "has a form this version does not know")
CUT = Words("末尾被截掉", "and what follows were cut off")
REWRITTEN = Words("与留存的链头不符，整段被改写", "is not what the kept head says: rewritten")
HEAD_ASTRAY = Words("链头与最后一条不符", "is not where the head says the chain ends")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of verifying one tenant: how far the chain is whole, and where it first is not."""

    tenant_id: int
    number: int
    hash: bytes
    checked: int
    diverges_at: int | None = None
    words: Words | None = None

    @property
    def whole(self) -> bool:
        """Tell whether nothing diverged."""
        return self.diverges_at is None


@dataclass(frozen=True, slots=True)
class Says:
    """What the head beside a chain says; `astray` tells of entries that lie beyond it."""

    number: int
    hash: bytes
    astray: bool


@scope.through(scope.Reason.HEADS)
def verify(
    session: Session, tenant_id: int, *, heads: Sequence[Signed] = (), last: int | None = None
) -> Outcome:
    """Hash the chain of a tenant again and hold it against the heads that were kept.

    Args:
        session: the caller's session.
        tenant_id: whose chain.
        heads: heads kept elsewhere, of this tenant, whose signatures hold.
        last: look at the last so many entries only, and believe the one before them.
    """
    kept = {head.number: head.hash for head in heads}
    says = _head(session, tenant_id)
    first = 1 if last is None else max(1, says.number - last + 1)
    number, previous = first - 1, NOTHING_BEFORE if first == 1 else None
    for row in _rows(session, tenant_id, first, says.number):
        words = _fault(row, number + 1, previous, kept)
        if words is not None:
            seen = number - first + 1
            return Outcome(tenant_id, number, previous or b"", seen, number + 1, words)
        number, previous = number + 1, row.hash
    end = previous or NOTHING_BEFORE
    whole = Outcome(tenant_id, number, end, number - first + 1)
    words = _fault_at_the_end(session, whole, says, kept)
    return whole if words is None else replace(whole, diverges_at=number + 1, words=words)


def _head(session: Session, tenant_id: int) -> Says:
    """Return where the chain is said to end, and whether entries lie beyond that."""
    entry, head = Entry.__table__, Head.__table__
    farthest = (
        select(func.max(entry.c.number)).where(entry.c.tenant_id == tenant_id).scalar_subquery()
    )
    query = select(head.c.number, head.c.hash, farthest).where(head.c.tenant_id == tenant_id)
    row = session.execute(query).one_or_none()
    if row is None:
        alone = session.scalar(select(farthest)) or 0
        return Says(0, NOTHING_BEFORE, astray=alone > 0)
    return Says(row[0], row[1], astray=(row[2] or 0) > row[0])


def _rows(session: Session, tenant_id: int, first: int, last: int) -> Iterator[Row[Any]]:
    """Yield the entries from `first` to `last` in order, some thousands at a time."""
    table, after = Entry.__table__, first - 1
    query = select(table).where(table.c.tenant_id == tenant_id, table.c.number <= last)
    query = query.order_by(table.c.number).limit(BATCH)
    while rows := session.execute(query.where(table.c.number > after)).all():
        yield from rows
        after = rows[-1].number


def _fault(
    row: Row[Any], number: int, previous: bytes | None, kept: Mapping[int, bytes]
) -> Words | None:
    if row.number != number:
        return MISSING
    if row.scheme != chain.SCHEME:
        return UNKNOWN
    if previous is not None and row.previous != previous:
        return UNLINKED
    if chain.digest(row, number, row.previous) != row.hash:
        return ALTERED
    if kept.get(number, row.hash) != row.hash:
        return REWRITTEN
    return None


def _fault_at_the_end(
    session: Session, whole: Outcome, says: Says, kept: Mapping[int, bytes]
) -> Words | None:
    """Hold the end of the chain against the head beside it and those kept elsewhere."""
    if says.number > whole.number:
        return CUT
    if says.astray or says.hash != whole.hash:
        return HEAD_ASTRAY
    beyond = max(kept, default=0) > whole.number
    # A head may have been kept while we were reading: only what is gone by now was cut.
    return CUT if beyond and max(kept) > _head(session, whole.tenant_id).number else None


@scope.through(scope.Reason.HEADS)
def tenants(session: Session) -> list[int]:
    """Return the tenants of which anything is recorded."""
    known = session.scalars(select(Head.__table__.c.tenant_id)).all()
    found = session.scalars(select(Entry.__table__.c.tenant_id).distinct()).all()
    return sorted({*known, *found})
