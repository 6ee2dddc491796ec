"""How far the lowest units beneath each child have come: recognised, accepted, reported, missing.

Read from the subtotals and from the returns of the units that have units beneath them: at 50,000
units that is a few thousand small rows, never one per branch.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal import access
from portal.campaigns import service as campaigns
from portal.core import tree
from portal.reporting import totals
from portal.reporting.draft import FIRM
from portal.reporting.models import Return, State, Subtotal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from portal.campaigns.models import Campaign


@dataclass(frozen=True, slots=True)
class Headway:
    """How many of the lowest units stand where; each is counted once, at the farthest it came.

    `late` and `exempt` are told beside: who is late has reported, who is exempt never will.
    """

    recognised: int = 0
    accepted: int = 0
    reported: int = 0
    missing: int = 0
    late: int = 0
    exempt: int = 0

    def __add__(self, other: Headway) -> Headway:
        """Return both counted together."""
        return Headway(
            self.recognised + other.recognised, self.accepted + other.accepted,
            self.reported + other.reported, self.missing + other.missing,
            self.late + other.late, self.exempt + other.exempt,
        )  # fmt: skip

    @property
    def handed_in(self) -> int:
        """Return how many have reported, however far it has gone since."""
        return self.recognised + self.accepted + self.reported

    @property
    def units(self) -> int:
        """Return how many owe a report, the exempt included."""
        return self.handed_in + self.missing + self.exempt

    @property
    def coverage(self) -> float | None:
        """Return the share that has reported, in percent; None when nobody owes anything."""
        owing = self.units - self.exempt
        return round(100 * self.handed_in / owing, 1) if owing else None


@dataclass(frozen=True, slots=True)
class _Standing:
    """How the return of one unit stands."""

    path: str
    above: str
    filed: bool
    accepted: bool
    late: bool
    exempt: bool


def by_child(session: Session, campaign: Campaign, path: str) -> dict[str, Headway]:
    """Return for each direct child of the unit at `path` how far the lowest units there are.

    A unit without children gets itself back. The caller has been permitted to see figures there.
    """
    settled = totals.settled(session, campaign, path)
    parents = _parents(session, campaign, path)
    if not parents:
        return {each.path: _alone(each, settled=settled) for each in _at(session, campaign, path)}
    inner = {each.path: each for each in _inner(session, campaign, path)}
    grouped: dict[str, list[_Standing]] = defaultdict(list)
    for each in inner.values():
        grouped[each.above].append(each)
    depth = tree.depth(path)
    found: dict[str, Headway] = defaultdict(Headway)
    for parent in parents:
        if parent.path != path:
            child = tree.lineage(parent.path)[depth]
            settled_here = settled and _accepted_down(inner, path, parent.path)
            found[child] += _beneath(parent, grouped[parent.path], settled=settled_here)
    for each in _lowest_children(session, campaign, path, inner):
        found[each.path] += _alone(each, settled=settled)
    return dict(found)


def _owed(campaign: Campaign) -> str:
    return campaigns.plan_of(campaign).tables.code


@dataclass(frozen=True, slots=True)
class _Counts:
    """What a subtotal says of the direct children of one parent."""

    path: str
    expected: int
    filed: int
    late: int
    accepted: int
    exempt: int


def _parents(session: Session, campaign: Campaign, path: str) -> list[_Counts]:
    """Return the counts of every unit at or below `path` that has children, without figures."""
    columns = (
        Subtotal.path, Subtotal.expected, Subtotal.filed, Subtotal.late, Subtotal.accepted,
        Subtotal.exempt,
    )  # fmt: skip
    rows = session.execute(
        select(*columns).where(
            Subtotal.tenant_id == campaign.tenant_id,
            Subtotal.campaign_id == campaign.id,
            Subtotal.deliverable == _owed(campaign),
            access.within(Subtotal, path),
        )
    )
    return [_Counts(*row) for row in rows]


def _standings(
    session: Session, campaign: Campaign, *conditions: ColumnElement[bool]
) -> list[_Standing]:
    rows = session.execute(
        select(
            Return.path, Return.parent_path, Return.state, Return.filing_id, Return.late,
            Return.exempt,
        ).where(
            Return.tenant_id == campaign.tenant_id,
            Return.campaign_id == campaign.id,
            Return.deliverable == _owed(campaign),
            *conditions,
        )
    )  # fmt: skip
    return [_standing(*row) for row in rows]


def _standing(
    path: str, above: str, state: str, filing: object, late: object, exempt: str
) -> _Standing:
    filed = state in FIRM and filing is not None
    return _Standing(path, above, filed, state == State.ACCEPTED, bool(late), bool(exempt))


def _at(session: Session, campaign: Campaign, path: str) -> list[_Standing]:
    return _standings(session, campaign, Return.path == path)


def _inner(session: Session, campaign: Campaign, path: str) -> list[_Standing]:
    """Return how the units strictly below `path` stand that have children themselves."""
    having_children = select(Subtotal.path).where(
        Subtotal.tenant_id == campaign.tenant_id,
        Subtotal.campaign_id == campaign.id,
        Subtotal.deliverable == _owed(campaign),
    )
    return _standings(
        session, campaign, access.within(Return, path), Return.path != path,
        Return.path.in_(having_children),
    )  # fmt: skip


def _lowest_children(
    session: Session, campaign: Campaign, path: str, inner: Mapping[str, _Standing]
) -> list[_Standing]:
    rows = _standings(session, campaign, Return.parent_path == path)
    return [each for each in rows if each.path not in inner]


def _accepted_down(inner: Mapping[str, _Standing], top: str, path: str) -> bool:
    """Tell whether every unit below `top` down to `path` has its filing accepted."""
    line = [place for place in tree.lineage(path) if len(place) > len(top)]
    return all(place in inner and inner[place].accepted for place in line)


def _beneath(parent: _Counts, grouped: Sequence[_Standing], *, settled: bool) -> Headway:
    """Return how the lowest units directly below one parent stand; `grouped` are the others."""
    filed = parent.filed - sum(each.filed for each in grouped)
    accepted = parent.accepted - sum(each.accepted for each in grouped)
    exempt = parent.exempt - sum(each.exempt for each in grouped)
    late = parent.late - sum(each.late and each.filed for each in grouped)
    expected = parent.expected - len(grouped)
    return Headway(
        recognised=accepted if settled else 0,
        accepted=0 if settled else accepted,
        reported=filed - accepted,
        missing=expected - filed - exempt,
        late=late,
        exempt=exempt,
    )


def _alone(each: _Standing, *, settled: bool) -> Headway:
    return Headway(
        recognised=int(each.accepted and settled),
        accepted=int(each.accepted and not settled),
        reported=int(each.filed and not each.accepted),
        missing=int(not each.filed and not each.exempt),
        late=int(each.late and each.filed),
        exempt=int(each.exempt and not each.filed),
    )
