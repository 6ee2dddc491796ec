"""Opening a number: down the tree unit by unit, to the persons, as far as the reader's right goes.

A branch and its base committee see names within their subtree. A district and the city see units
and counts, and names only on the registers that are filed up to them (mission W4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlalchemy import select

from portal import access
from portal.access import Action
from portal.campaigns import service as campaigns
from portal.core.errors import NotFound
from portal.core.words import Words
from portal.extension.conditions import holds
from portal.organizations.models import Kind, Unit
from portal.reporting import catalogue, draft, filing, grid, returns, snapshot, totals
from portal.reporting.draft import FIRM
from portal.reporting.models import Filing, Return

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.campaigns.models import Campaign
    from portal.extension.conditions import Condition
    from portal.extension.contracts import Table
    from portal.reporting.catalogue import Frozen
    from portal.reporting.snapshot import Person

_HEIGHT = {kind.value: at for at, kind in enumerate(reversed(Kind))}


@dataclass(frozen=True)
class Opened:
    """What stands behind a number at one unit.

    `kind` tells which of the lists is filled: units with their share, persons, or, where the
    reader's right ends, neither.
    """

    cell: str
    title: Words
    total: int
    kind: Literal["units", "persons", "stopped"]
    units: Sequence[tuple[Unit, int]] = ()
    persons: Sequence[Person] = ()


def open_cell(session: Session, actor: Actor, campaign: Campaign, path: str, cell: str) -> Opened:
    """Open one cell of what the unit at `path` and those below it have filed.

    Raises:
        NotFound: the unit is out of reach, or there is no such cell.
    """
    frozen, rows = totals.rows(session, actor, campaign, path)
    if cell not in frozen.position:
        raise NotFound(Words("格", "cell"))
    table = frozen.table(grid.split(cell)[0])
    title = words_of(table, cell)
    persons = behind(session, campaign, path, table, cell)
    if rows:
        shares = [(row.unit, row.reported[cell]) for row in rows]
        total = sum(share for _, share in shares) + len(persons)
        return Opened(cell, title, total, "units", units=[s for s in shares if s[1]])
    registers = [table, *_registers_of(frozen, grid.condition_of(table, cell))]
    if not any(may_see_names(session, actor, campaign, path, each) for each in registers):
        return Opened(cell, title, len(persons), "stopped")
    return Opened(cell, title, len(persons), "persons", persons=persons)


def _registers_of(frozen: Frozen, condition: Condition) -> list[Table]:
    """Return the registers that list exactly the persons a cell counts."""
    return [each for each in frozen.tables if each.is_register and each.when == condition]


def open_draft(session: Session, actor: Actor, return_id: uuid.UUID, cell: str) -> Opened:
    """Open one cell of what a unit would file now: its own persons, and its children's shares.

    Raises:
        NotFound: out of reach, or no such cell in it. NotAllowed: not the actor's own unit.
    """
    made = filing.preview(session, actor, return_id)
    frozen = made.catalogue
    if cell not in frozen.position or not made.figures.size:
        raise NotFound(Words("格", "cell"))
    table = frozen.table(grid.split(cell)[0])
    condition = grid.condition_of(table, cell)
    persons = [person for person in made.persons if holds(condition, person["facts"])]
    at = frozen.position[cell]
    units = [
        (unit, int(grid.unpack(taken.figures, frozen.size)[at]))
        for unit, taken in draft.accepted_children(session, made.item)
    ]
    campaign = returns.campaign_of(session, made.item)
    named = may_see_names(session, actor, campaign, made.unit.path, table)
    return Opened(
        cell, words_of(table, cell), int(made.figures[at]),
        "units" if units else "persons" if named else "stopped",
        units=[share for share in units if share[1]], persons=persons if named else (),
    )  # fmt: skip


def behind(
    session: Session, campaign: Campaign, path: str, table: Table, cell: str
) -> list[Person]:
    """Return the unit's own persons that a cell of its newest filing counts."""
    condition = grid.condition_of(table, cell)
    return [p for p in filed_persons(session, campaign, path) if holds(condition, p["facts"])]


def filed_persons(session: Session, campaign: Campaign, path: str) -> list[Person]:
    """Return the persons of the newest filing of the unit at `path`; none if it has not filed."""
    newest = session.scalars(
        select(Filing)
        .join(Return, (Filing.tenant_id == Return.tenant_id) & (Filing.id == Return.filing_id))
        .where(
            Return.tenant_id == campaign.tenant_id,
            Return.campaign_id == campaign.id,
            Return.deliverable == campaigns.plan_of(campaign).tables.code,
            Return.path == path,
            Return.state.in_(FIRM),
        )
    ).one_or_none()
    return [] if newest is None else snapshot.loads(newest.persons)


def may_see_names(
    session: Session, actor: Actor, campaign: Campaign, path: str, table: Table
) -> bool:
    """Tell whether this reader may see the persons of `table` at `path` by name.

    By post within the own subtree; by the register's route where it is filed up so far.
    """
    if access.allows(actor, Action.MEMBER_VIEW, path):
        return True
    if not table.is_register or not access.allows(actor, Action.REPORT_VIEW, path):
        return False
    places = actor.places(Action.REPORT_VIEW)
    kinds = session.scalars(
        select(Unit.kind).where(Unit.tenant_id == campaign.tenant_id, Unit.path.in_(places))
    )
    return any(_HEIGHT[kind] <= _HEIGHT[table.names_up_to] for kind in kinds)


def register(
    session: Session, actor: Actor, campaign: Campaign, path: str, code: str
) -> list[Person] | None:
    """Return the rows of a register filed at or below `path`; None where names stop before.

    Raises:
        NotFound: out of reach, or no such register.
    """
    if not access.allows(actor, Action.REPORT_VIEW, path):
        raise NotFound(totals.UNIT)
    table = catalogue.of(session, campaign).table(code)
    if not table.is_register:
        raise NotFound(Words("名册", "register"))
    if not may_see_names(session, actor, campaign, path, table):
        return None
    filed = session.scalars(
        select(Filing)
        .join(Return, (Filing.tenant_id == Return.tenant_id) & (Filing.id == Return.filing_id))
        .where(
            Return.tenant_id == campaign.tenant_id,
            Return.campaign_id == campaign.id,
            Return.deliverable == campaigns.plan_of(campaign).tables.code,
            access.within(Return, path),
            Return.state.in_(FIRM),
        )
        .order_by(Return.path)
        .execution_options(yield_per=200)
    )
    return [
        person
        for made in filed
        for person in snapshot.loads(made.persons)
        if holds(table.when, person["facts"])
    ]


def words_of(table: Table, cell: str) -> Words:
    """Return a cell in words: its row and column paths, joined."""
    _, row, column = grid.split(cell)
    if not column:
        return table.title
    lines = [line for line in (*table.rows,) if line.code == row]
    lines += [line for line in table.columns if line.code == column]
    zh = " · ".join("".join(dict.fromkeys(w.zh for w in line.path)) for line in lines)
    en = " · ".join(", ".join(dict.fromkeys(w.en for w in line.path)) for line in lines)
    return Words(zh, en)
