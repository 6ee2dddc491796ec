"""What stands in a return: the live draft while the unit works on it, else what was filed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portal.reporting import balance
from portal.reporting import service as reporting
from portal.reporting.models import State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.reporting.balance import Outcome
    from portal.reporting.catalogue import Frozen
    from portal.reporting.draft import Draft
    from portal.reporting.models import Filing, Return
    from portal.reporting.snapshot import Person

LIVE = (State.OPEN.value, State.RETURNED.value)


@dataclass(frozen=True)
class Contents:
    """Figures, persons and checks of one return; `live` tells that they still follow the facts.

    `typed` holds for each figure typed over the counted one what was counted, what was typed, and
    why.
    """

    item: Return
    catalogue: Frozen
    figures: Mapping[str, int]
    outcomes: Sequence[Outcome]
    persons: Sequence[Person]
    typed: Mapping[str, Mapping[str, Any]]
    narrative: str
    live: bool
    filing: Filing | None = None
    waiting: int = 0

    def failing(self, severity: str) -> list[Outcome]:
        """Return the rules of that severity that do not hold."""
        return [o for o in self.outcomes if not o.holds and o.severity == severity]

    @property
    def passed(self) -> list[Outcome]:
        """Return the rules that hold."""
        return [o for o in self.outcomes if o.holds]

    @property
    def errors(self) -> list[Outcome]:
        """Return what must be mended before filing."""
        return [o for o in self.outcomes if o.blocks and o.severity == "error"]

    @property
    def unsaid(self) -> list[Outcome]:
        """Return what wants a sentence that is not written yet."""
        return [o for o in self.outcomes if o.blocks and o.severity == "explain"]

    def touching(self, table: str, outcomes: Sequence[Outcome]) -> int:
        """Return how many of `outcomes` speak of a cell of `table`."""
        return sum(
            any(cell.lstrip("-").startswith(f"{table}:") for cell, _ in (*o.left, *o.right))
            for o in outcomes
        )


def contents(session: Session, actor: Actor, item: Return) -> Contents:
    """Return what the unit of `item` would file now, or what it has filed."""
    if item.state in LIVE:
        return _drafted(reporting.preview(session, actor, item.id))
    made = reporting.get_filing(session, actor, item)
    frozen = reporting.catalogue_of(session, reporting.campaign_of(session, item))
    figures = reporting.figures_of(frozen, made) if made.figures else {}
    return Contents(
        item, frozen, figures, [balance.from_json(each) for each in made.checks],
        reporting.filed_persons(session, reporting.campaign_of(session, item), item.path)
        if figures else (),
        made.overrides, made.narrative, False, made,
    )  # fmt: skip


def _drafted(made: Draft) -> Contents:
    frozen = made.catalogue
    has_figures = len(made.figures) > 0
    typed = {
        cell: {
            "from": int(made.counted[frozen.position[cell]]), "to": each.value,
            "reason": each.reason,
        }
        for cell, each in made.overrides.items()
    }  # fmt: skip
    return Contents(
        made.item, frozen, frozen.by_cell(made.figures) if has_figures else {}, made.outcomes,
        made.persons, typed, made.narrative, True, None, len(made.waiting),
    )  # fmt: skip
