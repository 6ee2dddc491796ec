"""What the figures would be now, beside what was filed: a filed number never changes by itself.

Only units that have filed are counted, so that a difference is drift and not somebody missing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func, or_, select

from portal.campaigns import service as campaigns
from portal.core import tree
from portal.reporting import grid
from portal.reporting.draft import FIRM
from portal.reporting.models import Return
from portal.scope import service as scope
from portal.screening import service as screening
from portal.screening.models import Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from portal.campaigns.models import Campaign
    from portal.organizations.models import Unit
    from portal.reporting.catalogue import Frozen
    from portal.reporting.totals import Row

# What a leader looks at first; the others are compared where they are opened.
WATCHED = ("t7:01.2", "t7:01.5", "t7:01.11", "t7:01.12", "t7:01.13", "t7:01.15")


@dataclass(frozen=True, slots=True)
class Moved:
    """A figure that is no longer what it was when it was filed."""

    unit: Unit
    cell: str
    filed: int
    now: int


@scope.through(scope.Reason.COUNTING)
def counts(
    session: Session, campaign: Campaign, path: str, frozen: Frozen, cells: Sequence[str]
) -> dict[str, Counter[str]]:
    """Return for each cell how many persons it would count now, by direct child of `path`.

    The unit's own persons stand under its own path. The caller has been permitted to see figures.
    """
    conditions = {
        cell: grid.to_sql(grid.condition_of(frozen.table(grid.split(cell)[0]), cell), Record)
        for cell in cells
    }
    sums = [func.sum(case((when, 1), else_=0)) for when in conditions.values()]
    rows = session.execute(
        select(Record.path, *sums)
        .join(
            Return,
            and_(
                Return.tenant_id == Record.tenant_id,
                Return.campaign_id == Record.campaign_id,
                Return.path == Record.path,
                Return.deliverable == campaigns.plan_of(campaign).tables.code,
                Return.state.in_(FIRM),
            ),
        )
        .where(screening.audited(campaign, path), or_(*conditions.values()))
        .group_by(Record.path)
    )
    depth = tree.depth(path)
    found: dict[str, Counter[str]] = {cell: Counter() for cell in cells}
    for at, *numbers in rows:
        child = at if at == path else tree.lineage(at)[depth]
        for cell, number in zip(cells, numbers, strict=True):
            found[cell][child] += int(number)
    return found


def moved(
    session: Session, campaign: Campaign, path: str, frozen: Frozen, rows: Sequence[Row]
) -> list[Moved]:
    """Return which of the watched figures of which child differ from what was filed there."""
    watched = [cell for cell in WATCHED if cell in frozen.position]
    now = counts(session, campaign, path, frozen, watched)
    return [
        Moved(row.unit, cell, row.reported[cell], now[cell][row.unit.path])
        for row in rows
        for cell in watched
        if row.reported[cell] != now[cell][row.unit.path]
    ]


def shares(
    session: Session, campaign: Campaign, path: str, frozen: Frozen, cell: str
) -> Mapping[str, int]:
    """Return how many persons one cell would count now, by direct child of `path`."""
    return counts(session, campaign, path, frozen, [cell])[cell]
