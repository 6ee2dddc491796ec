"""Totals of every level, in three states, with coverage; and whether anything below drifted.

* reported: Σ over the units at or below this one of their own persons as last filed;
* accepted: Σ of the direct children's filings that this unit has accepted (for a unit without
  children: its own filing, once its superior accepted it);
* recognised: the same figures once they are accepted all the way up to the root.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from portal import access
from portal.access import Action
from portal.campaigns import service as campaigns
from portal.core import tree
from portal.core.errors import NotFound
from portal.core.words import Words
from portal.organizations.models import Unit
from portal.reporting import catalogue, grid
from portal.reporting.draft import FIRM
from portal.reporting.models import Filing, Return, State, Subtotal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.campaigns.models import Campaign
    from portal.reporting.catalogue import Frozen

UNIT = Words("党组织", "unit")
_Parent = aliased(Unit)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of the units that owe have filed, in units."""

    units: int
    filed: int
    accepted: int
    late: int
    exempt: int

    @property
    def missing(self) -> int:
        """Return how many have not filed, whether it is due yet or not."""
        return self.units - self.filed - self.exempt

    @property
    def on_time(self) -> int:
        """Return how many filed in time."""
        return self.filed - self.late

    def to_json(self) -> dict[str, int]:
        """Return the counts under the names of the command line's contract."""
        return {
            "units": self.units,
            "filed": self.filed,
            "accepted": self.accepted,
            "late": self.late,
            "missing": self.missing,
            "exempt": self.exempt,
        }


@dataclass(frozen=True)
class Totals:
    """The three vectors of one unit, in catalogue order, and its coverage."""

    catalogue: Frozen
    reported: NDArray[np.int32]
    accepted: NDArray[np.int32]
    recognised: NDArray[np.int32]
    coverage: Coverage

    def cell(self, cell: str) -> tuple[int, int, int]:
        """Return reported, accepted and recognised of one cell."""
        at = self.catalogue.position[cell]
        return int(self.reported[at]), int(self.accepted[at]), int(self.recognised[at])

    def of_table(self, code: str) -> dict[str, dict[str, int]]:
        """Return the three totals of every cell of one table, by its code within the table.

        Raises:
            NotFound: the campaign has no such table.
        """
        cells = self.catalogue.table(code).cells()
        names = ("reported", "accepted", "recognised")
        return {
            cell.partition(":")[2]: dict(zip(names, self.cell(cell), strict=True)) for cell in cells
        }


def of(session: Session, actor: Actor, campaign: Campaign, path: str) -> Totals:
    """Return the totals of the unit at `path`.

    Raises:
        NotFound: out of the actor's reach.
    """
    if not access.allows(actor, Action.REPORT_VIEW, path):
        raise NotFound(UNIT)
    frozen = catalogue.of(session, campaign)
    own, leaf = _own(session, campaign, path, frozen)
    below = _subtotals(session, campaign, path)
    reported = own + grid.add_up((row.reported for row in below), frozen.size)
    accepted = leaf if not below else _accepted(session, campaign, path, frozen)
    nothing = np.zeros(frozen.size, dtype="<i4")
    recognised = accepted if settled(session, campaign, path) else nothing
    return Totals(frozen, reported, accepted, recognised, _coverage(session, campaign, path, below))


def _tables(campaign: Campaign) -> str:
    return campaigns.plan_of(campaign).tables.code


def _own(
    session: Session, campaign: Campaign, path: str, frozen: Frozen
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the unit's own persons as last filed, and its whole filing if it is accepted."""
    row = session.execute(
        select(Return.state, Filing.own, Filing.figures)
        .join(Filing, (Filing.tenant_id == Return.tenant_id) & (Filing.id == Return.filing_id))
        .where(
            Return.tenant_id == campaign.tenant_id,
            Return.campaign_id == campaign.id,
            Return.deliverable == _tables(campaign),
            Return.path == path,
            Return.state.in_(FIRM),
        )
    ).one_or_none()
    nothing = np.zeros(frozen.size, dtype="<i4")
    if row is None:
        return nothing, nothing
    accepted = grid.unpack(row.figures, frozen.size) if row.state == State.ACCEPTED else nothing
    return grid.unpack(row.own, frozen.size), accepted


def _subtotals(session: Session, campaign: Campaign, path: str) -> Sequence[Subtotal]:
    return session.scalars(
        select(Subtotal).where(
            Subtotal.tenant_id == campaign.tenant_id,
            Subtotal.campaign_id == campaign.id,
            Subtotal.deliverable == _tables(campaign),
            access.within(Subtotal, path),
        )
    ).all()


def _accepted(session: Session, campaign: Campaign, path: str, frozen: Frozen) -> NDArray[np.int32]:
    taken = session.scalars(
        select(Return.filing_id).where(
            Return.tenant_id == campaign.tenant_id,
            Return.campaign_id == campaign.id,
            Return.deliverable == _tables(campaign),
            Return.parent_path == path,
            Return.state == State.ACCEPTED,
        )
    ).all()
    if not taken:
        return np.zeros(frozen.size, dtype="<i4")
    packed = session.scalars(
        select(Filing.figures).where(Filing.tenant_id == campaign.tenant_id, Filing.id.in_(taken))
    )
    return grid.add_up(packed, frozen.size)


def settled(session: Session, campaign: Campaign, path: str) -> bool:
    """Tell whether this unit's filing, and each above it below the root, has been accepted."""
    line = [place for place in tree.lineage(path) if len(place) > len(campaign.path)]
    if not line:
        return True
    accepted = session.scalar(
        select(func.count()).where(
            Return.tenant_id == campaign.tenant_id,
            Return.campaign_id == campaign.id,
            Return.deliverable == _tables(campaign),
            Return.path.in_(line),
            Return.state == State.ACCEPTED,
        )
    )
    return accepted == len(line)


def _coverage(
    session: Session, campaign: Campaign, path: str, below: Sequence[Subtotal]
) -> Coverage:
    if below:
        return Coverage(
            units=sum(row.expected for row in below),
            filed=sum(row.filed for row in below),
            accepted=sum(row.accepted for row in below),
            late=sum(row.late for row in below),
            exempt=sum(row.exempt for row in below),
        )
    item = session.scalars(
        select(Return).where(
            Return.tenant_id == campaign.tenant_id,
            Return.campaign_id == campaign.id,
            Return.deliverable == _tables(campaign),
            Return.path == path,
        )
    ).one_or_none()
    if item is None:
        return Coverage(0, 0, 0, 0, 0)
    firm = item.state in FIRM and item.filing_id is not None
    return Coverage(
        1, int(firm), int(item.state == State.ACCEPTED), int(firm and item.late),
        int(bool(item.exempt)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One direct child on the roll-up board.

    `reported` holds figures by cell; `coverage` counts the units below it, or itself.
    """

    unit: Unit
    item: Return | None
    reported: Mapping[str, int]
    coverage: Coverage
    has_children: bool


def rows(
    session: Session, actor: Actor, campaign: Campaign, path: str
) -> tuple[Frozen, Sequence[Row]]:
    """Return the direct children of the unit at `path` with what they have reported so far."""
    if not access.allows(actor, Action.REPORT_VIEW, path):
        raise NotFound(UNIT)
    frozen = catalogue.of(session, campaign)
    children = session.execute(
        select(Unit, Return, Filing.own)
        .join_from(Unit, Return, (Return.tenant_id == Unit.tenant_id) & (Return.unit_id == Unit.id)
                   & (Return.campaign_id == campaign.id)
                   & (Return.deliverable == _tables(campaign)), isouter=True)
        .join(Filing, (Filing.tenant_id == Return.tenant_id) & (Filing.id == Return.filing_id)
              & Return.state.in_(FIRM), isouter=True)
        .join(_Parent, (_Parent.tenant_id == Unit.tenant_id) & (_Parent.id == Unit.parent_id))
        .where(Unit.tenant_id == campaign.tenant_id, _Parent.path == path,
               Unit.dissolved_on.is_(None))
        .order_by(Unit.code)
    )  # fmt: skip
    beneath: dict[str, list[Subtotal]] = {}
    depth = tree.depth(path)
    for row in _subtotals(session, campaign, path):
        if row.path != path:
            beneath.setdefault(tree.lineage(row.path)[depth], []).append(row)
    return frozen, [
        _row(session, campaign, frozen, unit, item, own, beneath.get(unit.path, []))
        for unit, item, own in children
    ]


def _row(
    session: Session, campaign: Campaign, frozen: Frozen, unit: Unit, item: Return | None,
    own: bytes | None, below: list[Subtotal],
) -> Row:  # fmt: skip
    vectors = [row.reported for row in below] + ([own] if own else [])
    figures = grid.add_up(vectors, frozen.size)
    firm = item is not None and item.state in FIRM and item.filing_id is not None
    itself = Coverage(
        int(item is not None), int(firm), int(item is not None and item.state == State.ACCEPTED),
        int(firm and item is not None and item.late), int(item is not None and bool(item.exempt)),
    )  # fmt: skip
    covered = _coverage(session, campaign, unit.path, below) if below else itself
    return Row(unit, item, frozen.by_cell(figures), covered, bool(below))


def drift(session: Session, campaign: Campaign, path: str) -> list[tuple[Return, Filing, Filing]]:
    """Return what changed below the unit at `path` after it filed: child, taken in, newest.

    A filing stores its children's hashes, so this is a comparison, not a job (mission W2).
    """
    mine = session.scalars(
        select(Filing)
        .join(Return, (Filing.tenant_id == Return.tenant_id) & (Filing.id == Return.filing_id))
        .where(
            Return.tenant_id == campaign.tenant_id,
            Return.campaign_id == campaign.id,
            Return.deliverable == _tables(campaign),
            Return.path == path,
            Return.state.in_(FIRM),
        )
    ).one_or_none()
    if mine is None:
        return []
    newest = session.execute(
        select(Return, Filing)
        .join(Filing, (Filing.tenant_id == Return.tenant_id) & (Filing.id == Return.filing_id))
        .where(
            Return.tenant_id == campaign.tenant_id,
            Return.campaign_id == campaign.id,
            Return.deliverable == _tables(campaign),
            Return.parent_path == path,
        )
    )
    changed = []
    for item, filing in newest:
        taken = mine.children.get(str(item.id))
        if taken is not None and taken != filing.hash:
            before = session.scalars(
                select(Filing).where(
                    Filing.tenant_id == item.tenant_id,
                    Filing.return_id == item.id,
                    Filing.hash == taken,
                )
            ).one()
            changed.append((item, before, filing))
    return changed
