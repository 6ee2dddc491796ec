"""Counting a whole subtree straight from the people's facts, by the database.

The other path to every number: nothing filed is looked at. Used to prove the totals, and to tell
what the figures would be now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import case, func, select

from portal.reporting import grid
from portal.scope import service as scope
from portal.screening import service as screening
from portal.screening.models import Record

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.campaigns.models import Campaign
    from portal.reporting.catalogue import Frozen

_AT_ONCE = 60


@scope.through(scope.Reason.COUNTING)
def count(session: Session, campaign: Campaign, path: str, frozen: Frozen) -> dict[str, int]:
    """Return every cell counted over the audited persons at or below `path`.

    The caller has been permitted to see figures there.
    """
    conditions = {
        cell: grid.to_sql(grid.condition_of(table, cell), Record)
        for table in frozen.tables
        for cell in table.cells()
    }
    counted: dict[str, int] = {}
    cells = list(conditions)
    for start in range(0, len(cells), _AT_ONCE):
        part = cells[start : start + _AT_ONCE]
        sums = [func.coalesce(func.sum(case((conditions[c], 1), else_=0)), 0) for c in part]
        row = session.execute(select(*sums).where(screening.audited(campaign, path))).one()
        counted |= {cell: int(number) for cell, number in zip(part, row, strict=True)}
    return counted
