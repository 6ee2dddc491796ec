"""What a reviewer compares: the round before, this one, and what the people's facts say now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import defer

from portal.core.errors import NotFound
from portal.organizations.models import Account
from portal.reporting import answers, catalogue, draft, filing, grid, returns, snapshot
from portal.reporting.models import Filing, Remark

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.reporting.catalogue import Frozen
    from portal.reporting.models import Return
    from portal.reporting.snapshot import Person


@dataclass(frozen=True)
class Compared:
    """One filing beside the one before it and beside a fresh count, figures by cell.

    `before` is empty in the first round.
    """

    catalogue: Frozen
    now: Filing
    previous: Filing | None
    filed: Mapping[str, int]
    before: Mapping[str, int]
    counted: Mapping[str, int]

    @property
    def changed(self) -> frozenset[str]:
        """Return the cells that differ from the round before."""
        return frozenset(c for c, n in self.before.items() if self.filed[c] != n)

    @property
    def off(self) -> frozenset[str]:
        """Return the cells that differ from what the facts give now."""
        return frozenset(c for c, n in self.counted.items() if self.filed[c] != n)


@dataclass(frozen=True, slots=True)
class Round:
    """One filing of a return, without its persons, and the remarks made on it."""

    filing: Filing
    by: str
    remarks: Sequence[Remark]


def compare(session: Session, item: Return) -> Compared:
    """Return the newest filing of `item` beside the round before and a fresh count.

    The caller has been permitted to see the return.

    Raises:
        NotFound: nothing has been filed.
    """
    now = session.get(Filing, (item.tenant_id, item.filing_id)) if item.filing_id else None
    if now is None:
        raise NotFound(returns.RETURN)
    campaign = returns.campaign_of(session, item)
    frozen = catalogue.of(session, campaign)
    previous = session.scalars(
        select(Filing).where(
            Filing.tenant_id == item.tenant_id, Filing.return_id == item.id,
            Filing.round < now.round,
        ).order_by(Filing.round.desc()).limit(1)
    ).one_or_none()  # fmt: skip
    fresh = draft.prepare(session, campaign, item)
    return Compared(
        frozen, now, previous,
        figures_of(frozen, now),
        figures_of(frozen, previous) if previous else {},
        frozen.by_cell(fresh.counted) if len(fresh.counted) else {},
    )  # fmt: skip


def figures_of(frozen: Frozen, made: Filing) -> dict[str, int]:
    """Return the figures of a filing as cell to count."""
    return frozen.by_cell(grid.unpack(made.figures, frozen.size))


def rounds(session: Session, item: Return) -> list[Round]:
    """Return every filing of `item` with the remarks made on it, the first round first."""
    filings = session.scalars(
        select(Filing)
        .where(Filing.tenant_id == item.tenant_id, Filing.return_id == item.id)
        .options(defer(Filing.persons_sealed))
        .order_by(Filing.round)
    ).all()
    remarks = answers.remarks_of(session, item)
    who = signatories(session, item.tenant_id, [made.by for made in filings])
    return [
        Round(made, who.get(made.by, ""), [r for r in remarks if r.filing_id == made.id])
        for made in filings
    ]


def signatories(
    session: Session, tenant_id: int, user_ids: Iterable[int | None]
) -> dict[int | None, str]:
    """Return the names of those who acted on a return, by account."""
    known = {user for user in user_ids if user is not None}
    rows = session.execute(
        select(Account.id, Account.full_name, Account.username).where(
            Account.tenant_id == tenant_id, Account.id.in_(known)
        )
    )
    return {user: full or name for user, full, name in rows} if known else {}


def person_now(
    session: Session, actor: Actor, item: Return, member: str
) -> tuple[Person | None, Person | None]:
    """Return one person as the newest filing has them and as they are now, for the unit itself."""
    made = filing.preview(session, actor, item.id)
    newest = session.get(Filing, (item.tenant_id, item.filing_id)) if item.filing_id else None
    old = snapshot.loads(newest.persons) if newest else []
    return _of(old, member), _of(made.persons, member)


def _of(persons: Iterable[Person], member: str) -> dict[str, Any] | None:
    return next((person for person in persons if person["member"] == member), None)
