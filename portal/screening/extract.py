"""The facts of everybody audited, one row per person and no name: for people's own analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from portal import access, audit
from portal.access import Action
from portal.audit import Act
from portal.core import tree
from portal.documents.separated import harmless
from portal.organizations.models import Unit
from portal.screening import facts
from portal.screening.models import Record
from portal.screening.service import audited

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.campaigns.models import Campaign

HEADER = ("person", "unit", "path", *facts.NAMES)
_AT_ONCE = 5_000


def rows(session: Session, actor: Actor, campaign: Campaign) -> Iterator[tuple[str, ...]]:
    """Yield `HEADER`, then one row per audited member of the campaign, and log how many.

    `person` is the UUID of the record, `unit` the code of the unit, `path` the codes from the
    root down, joined by ``/``. Flags are true or false, an unknown number is empty, a list has
    its values joined by ``|``.

    Raises:
        NotAllowed: the actor is not the operator.
    """
    access.require(actor, Action.FACTS_EXPORT, campaign.path)
    places = _places(session, campaign)
    yield HEADER
    found = session.execute(
        select(Record.id, Record.path, *(getattr(Record, name) for name in facts.NAMES))
        .where(audited(campaign, campaign.path))
        .order_by(Record.path, Record.id)
        .execution_options(yield_per=_AT_ONCE)
    )
    total = 0
    for record_id, path, *values in found:
        total += 1
        yield (str(record_id), *places[path], *map(_text, values))
    audit.record(
        session, actor, Act.FACTS_EXPORT, campaign.path, f"campaign:{campaign.id}", rows=total
    )
    session.flush()


def _places(session: Session, campaign: Campaign) -> dict[str, tuple[str, str]]:
    """Return for each path the code of its unit and the codes from the root down to it."""
    found = session.execute(
        select(Unit.path, Unit.code).where(
            Unit.tenant_id == campaign.tenant_id, access.within(Unit, campaign.path)
        )
    )
    codes = {path: harmless(code) for path, code in found}
    return {
        path: (code, "/".join(codes[step] for step in tree.lineage(path) if step in codes))
        for path, code in codes.items()
    }


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
