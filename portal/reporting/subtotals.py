"""What the direct children of a unit have reported so far: one row per parent, kept in the act.

A filing updates the row of its direct parent and none above it: a hot root row would cost most of
the throughput. Every level above sums the rows below it when it reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.reporting import grid
from portal.reporting.models import Filing, Return, Subtotal
from portal.scope import service as scope

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def _locked(session: Session, item: Return) -> Subtotal:
    return session.scalars(
        select(Subtotal)
        .where(
            Subtotal.tenant_id == item.tenant_id,
            Subtotal.campaign_id == item.campaign_id,
            Subtotal.deliverable == item.deliverable,
            Subtotal.path == item.parent_path,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _shift(row: Subtotal, plus: Filing | None, minus: Filing | None) -> None:
    vectors = [filing.own for filing in (plus, minus) if filing is not None]
    size = max([len(row.reported), *map(len, vectors)]) // 4
    total = grid.unpack(row.reported, size)
    if plus is not None:
        total = total + grid.unpack(plus.own, size)
    if minus is not None:
        total = total - grid.unpack(minus.own, size)
    row.reported = grid.pack(total)


@scope.through(scope.Reason.SUBTOTAL)
def filed(session: Session, item: Return, filing: Filing, before: Filing | None) -> None:
    """Count a filing in; `before` is the returned one that it takes the place of."""
    row = _locked(session, item)
    _shift(row, filing, before)
    if before is None:
        row.filed += 1
        row.late += item.late


@scope.through(scope.Reason.SUBTOTAL)
def recalled(session: Session, item: Return, filing: Filing) -> None:
    """Count a recalled filing out again."""
    row = _locked(session, item)
    _shift(row, None, filing)
    row.filed -= 1
    row.late -= item.late


@scope.through(scope.Reason.SUBTOTAL)
def decided(session: Session, item: Return, change: int) -> None:
    """Note that one child more (1) or less (-1) is accepted."""
    _locked(session, item).accepted += change
