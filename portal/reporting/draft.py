"""What a unit would hand up if it filed now: figures, persons, and what the rules say of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import and_, select

from portal.core.words import Words
from portal.extension import manager
from portal.extension.contracts import Severity
from portal.organizations.models import Unit
from portal.reporting import balance, catalogue, forms, grid, snapshot
from portal.reporting.models import Explanation, Filing, Override, Return, State
from portal.screening import plugins

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from sqlalchemy.orm import Session

    from portal.campaigns.models import Campaign
    from portal.extension.contracts import Finding
    from portal.reporting.balance import Outcome
    from portal.reporting.catalogue import Frozen
    from portal.reporting.snapshot import Person

FIRM = (State.FILED.value, State.TAKEN_UP.value, State.ACCEPTED.value, State.RETURNED.value)


@dataclass(frozen=True)
class Draft:
    """Everything a filing would freeze.

    `own` counts the unit's own persons, `counted` adds the children's accepted filings, and
    `figures` puts the typed overrides on top. All three are in catalogue order.
    """

    item: Return
    unit: Unit
    catalogue: Frozen
    persons: Sequence[Person]
    own: NDArray[np.int32]
    counted: NDArray[np.int32]
    figures: NDArray[np.int32]
    overrides: dict[str, Override]
    children: dict[str, str]
    outcomes: Sequence[Outcome]
    narrative: str = ""
    waiting: Sequence[tuple[Return, Unit]] = field(default=())

    @property
    def blocking(self) -> list[Outcome]:
        """Return what must be mended or explained before filing."""
        return [outcome for outcome in self.outcomes if outcome.blocks]

    def outcomes_of(self, severity: str) -> list[Outcome]:
        """Return the rules of that severity that do not hold."""
        return [o for o in self.outcomes if not o.holds and o.severity == severity]


def prepare(session: Session, campaign: Campaign, item: Return, *, narrative: str = "") -> Draft:
    """Put together what `item` would file now. Changes nothing.

    The caller has been permitted to see the return.
    """
    unit = session.get_one(Unit, (item.tenant_id, item.unit_id))
    frozen = catalogue.of(session, campaign)
    if item.deliverable != _tables_code(campaign):
        return _report(item, unit, frozen, narrative)
    persons = snapshot.take(session, campaign, unit)
    own = grid.count(frozen.tables, (person["facts"] for person in persons))
    below = child_returns(session, item)
    filings = _accepted_filings(session, below)
    counted = own + grid.add_up((filing.figures for filing in filings), frozen.size)
    overrides = _overrides(session, item)
    figures = counted.copy()
    for cell, override in overrides.items():
        figures[frozen.position[cell]] = override.value
    waiting = [(r, u) for r, u in below if r.state != State.ACCEPTED and not r.exempt]
    said = _explanations(session, item)
    outcomes = [
        *balance.look_at(persons, said),
        *_plugin_findings(session, unit, persons, said),
        *_figures_outcomes(frozen, figures, said),
        *_history(session, campaign, item, frozen, figures, said),
        *_of_children(below, waiting),
        *_of_overrides(overrides, filings),
    ]
    return Draft(
        item, unit, frozen, persons, own, counted, figures, overrides,
        {str(filing.return_id): filing.hash for filing in filings}, outcomes, "", waiting,
    )  # fmt: skip


def _tables_code(campaign: Campaign) -> str:
    return str(next(d["code"] for d in campaign.plan["deliverables"] if d["kind"] == "tables"))


def _report(item: Return, unit: Unit, frozen: Frozen, narrative: str) -> Draft:
    """Return the draft of a deliverable that is a text."""
    nothing = np.zeros(0, dtype="<i4")
    words = Words("报告正文还没有写", "The report has no text yet")
    outcome = balance.simple("text", Severity.ERROR, words, holds=bool(narrative.strip()))
    return Draft(item, unit, frozen, (), nothing, nothing, nothing, {}, {}, [outcome], narrative)


def child_returns(session: Session, item: Return) -> Sequence[tuple[Return, Unit]]:
    """Return what the direct children owe on the same deliverable, by code of the unit."""
    rows = session.execute(
        select(Return, Unit)
        .join(Unit, and_(Unit.tenant_id == Return.tenant_id, Unit.id == Return.unit_id))
        .where(
            Return.tenant_id == item.tenant_id,
            Return.campaign_id == item.campaign_id,
            Return.deliverable == item.deliverable,
            Return.parent_path == item.path,
            Unit.dissolved_on.is_(None),
        )
        .order_by(Unit.code)
    )
    return list(rows)


def _accepted_filings(session: Session, below: Sequence[tuple[Return, Unit]]) -> Sequence[Filing]:
    ids = [r.filing_id for r, _ in below if r.state == State.ACCEPTED and r.filing_id]
    return newest_filings(session, below[0][0].tenant_id, ids) if ids else []


def accepted_children(session: Session, item: Return) -> list[tuple[Unit, Filing]]:
    """Return the direct children whose filings are accepted, with these, by code of the unit."""
    below = [(r, u) for r, u in child_returns(session, item) if r.state == State.ACCEPTED]
    newest = newest_filings(session, item.tenant_id, [r.filing_id for r, _ in below])
    made = {each.id: each for each in newest}
    return [(unit, made[r.filing_id]) for r, unit in below if r.filing_id in made]


def newest_filings(
    session: Session, tenant_id: int, ids: Sequence[uuid.UUID | None]
) -> Sequence[Filing]:
    """Return these filings in the order of their making."""
    return session.scalars(
        select(Filing)
        .where(Filing.tenant_id == tenant_id, Filing.id.in_([i for i in ids if i is not None]))
        .order_by(Filing.id)
    ).all()


def _overrides(session: Session, item: Return) -> dict[str, Override]:
    rows = session.scalars(
        select(Override).where(Override.tenant_id == item.tenant_id, Override.return_id == item.id)
    )
    return {row.cell: row for row in rows}


def _explanations(session: Session, item: Return) -> dict[str, str]:
    rows = session.scalars(
        select(Explanation).where(
            Explanation.tenant_id == item.tenant_id, Explanation.return_id == item.id
        )
    )
    return {row.rule: row.text for row in rows}


def _plugin_findings(
    session: Session, unit: Unit, persons: Sequence[Person], said: dict[str, str]
) -> list[Outcome]:
    names = plugins.in_force(session, unit.tenant_id, unit.path, unit.sector)
    found: dict[Finding, list[str]] = {}
    for person in persons if names else ():
        for finding in plugins.standard().check(names, person["facts"]):
            found.setdefault(finding, []).append(person["member"])
    outcomes = [balance.from_finding(each, members, said) for each, members in found.items()]
    away = plugins.gone(session, unit.tenant_id, unit.path, unit.sector)
    return outcomes + [balance.from_finding(manager.gone(name), (), said) for name in away]


def _figures_outcomes(
    frozen: Frozen, figures: NDArray[np.int32], said: dict[str, str]
) -> list[Outcome]:
    by_cell = frozen.by_cell(figures)
    rules = forms.rules(tuple(table.code for table in frozen.tables))
    return [balance.weigh(rule, by_cell, said.get(rule.id, "")) for rule in rules]


def _history(
    session: Session, campaign: Campaign, item: Return, frozen: Frozen,
    figures: NDArray[np.int32], said: dict[str, str],
) -> list[Outcome]:  # fmt: skip
    """Compare with what the unit had accepted in the campaign before (F14; S4 简单翻新)."""
    earlier = session.execute(
        select(Filing.figures, Filing.catalogue)
        .join(Return, and_(Return.tenant_id == Filing.tenant_id, Return.filing_id == Filing.id))
        .where(
            Return.tenant_id == item.tenant_id,
            Return.unit_id == item.unit_id,
            Return.deliverable == item.deliverable,
            Return.campaign_id != campaign.id,
            Return.state == State.ACCEPTED,
        )
        .order_by(Filing.at.desc())
        .limit(1)
    ).one_or_none()
    if earlier is None:
        return []
    before = grid.unpack(earlier.figures, frozen.size)
    was = int(before[frozen.position["t7:01.2"]])
    now = int(figures[frozen.position["t7:01.2"]])
    limit = campaign.plan["explain_change_percent"]
    changed = Words(
        f"在册党员从上次的 {was} 变为 {now}，变化超过 {limit}%，请说明原因",
        f"Members on the roll went from {was} to {now}, more than {limit} %: say why",
    )
    same = Words(
        "全部数字与上次完全相同，请说明确已逐人重新排查",
        "Every figure equals the last campaign's: confirm that all were screened anew",
    )
    return [
        balance.simple("F14", Severity.EXPLAIN, changed, "F14",
                       holds=abs(now - was) * 100 <= limit * max(was, 1),
                       explanation=said.get("F14", "")),
        balance.simple("S4-copy", Severity.EXPLAIN, same, "方案一 四.1",
                       holds=not np.array_equal(before, figures) or not figures.any(),
                       explanation=said.get("S4-copy", "")),
    ]  # fmt: skip


def _of_children(
    below: Sequence[tuple[Return, Unit]], waiting: Sequence[tuple[Return, Unit]]
) -> list[Outcome]:
    """D20: every subordinate has filed, nothing reported counts as a report of nothing."""
    if not below:
        return []
    few = "、".join(unit.name for _, unit in waiting[:5])
    words = Words(
        f"还有 {len(waiting)} 个下级单位没有通过审核：{few}{'等' if len(waiting) > 5 else ''}",  # noqa: PLR2004
        f"{len(waiting)} subordinate units are not accepted yet: {few}",
    )
    return [balance.simple("D20", Severity.ERROR, words, "D20", holds=not waiting)]


def _of_overrides(overrides: dict[str, Override], filings: Sequence[Filing]) -> list[Outcome]:
    """An override stays visible at every level above (mission W1)."""
    number = len(overrides) + sum(len(filing.overrides) for filing in filings)
    words = Words(
        f"有 {number} 处是改填的数，上级各层都看得见改填理由",
        f"{number} figures were typed over; every level above sees the reasons",
    )
    return [balance.simple("W1", Severity.HINT, words, "W1", holds=not number)]
