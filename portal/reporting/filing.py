"""The unit's own side: look before filing, file, recall."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, select

from portal import access, audit
from portal.access import Action
from portal.audit import Act
from portal.core import clock, tree
from portal.core.errors import Invalid, Overtaken, Problem
from portal.core.keys import uuid7
from portal.reporting import answers, draft, flow, grid, hands, returns, snapshot, subtotals
from portal.reporting.models import Filing, Return, State

if TYPE_CHECKING:
    import uuid

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.reporting.draft import Draft


def preview(session: Session, actor: Actor, return_id: uuid.UUID, *, narrative: str = "") -> Draft:
    """Return what the unit would file now, with every check. Changes nothing.

    Raises:
        NotFound: out of reach. NotAllowed: not the actor's own unit.
    """
    item = returns.get_return(session, actor, return_id)
    access.require(actor, Action.REPORT_PREPARE, item.path)
    return draft.prepare(session, returns.campaign_of(session, item), item, narrative=narrative)


def file(
    session: Session, actor: Actor, return_id: uuid.UUID, *, version: int, narrative: str = ""
) -> Filing:
    """File the return upward: an immutable, hashed snapshot of figures, persons and checks.

    On time is judged at the first filing, and every filing has passed all checks (C3). The
    root's own filing has nobody above: it closes the summary and counts as accepted.

    Raises:
        NotFound: out of reach. NotAllowed: not the signer of this unit.
        OutOfTurn: filed already, or the actor reviewed it in an earlier round.
        Overtaken: changed since the actor saw it. Invalid: checks, sentences or answers missing.
    """
    item = returns.get_return(session, actor, return_id)
    access.require(actor, Action.REPORT_FILE, item.path)
    flow.move("file", item.state)
    if item.version != version:
        raise Overtaken
    hands.refuse_reviewer(session, actor, item)
    answers.all_given(session, item)
    campaign = returns.campaign_of(session, item)
    made = draft.prepare(session, campaign, item, narrative=narrative)
    if made.blocking:
        raise Invalid(*(Problem(o.source or o.rule, o.words, o.rule) for o in made.blocking))
    before = session.get(Filing, (item.tenant_id, item.filing_id)) if item.filing_id else None
    filing = _freeze(session, actor, made)
    answers.fill_in(session, item, made)
    now = filing.at
    if item.first_filed_at is None:
        item.first_filed_at, item.late = now, now > item.due_at
    was_counted = item.state == State.RETURNED
    item.state, item.round, item.filing_id = State.FILED.value, filing.round, filing.id
    item.filed_by, item.taken_up_by = actor.user_id, None
    if item.parent_path == tree.ROOT:
        item.state, item.decided_at = State.ACCEPTED.value, now
    else:
        subtotals.filed(session, item, filing, before if was_counted else None)
    audit.record(
        session, actor, Act.REPORT_FILE, item.path, f"return:{item.id}", round=filing.round,
        hash=filing.hash, late=item.late,
    )  # fmt: skip
    session.flush()
    return filing


def _freeze(session: Session, actor: Actor, made: Draft) -> Filing:
    item = made.item
    filing = Filing(
        id=uuid7(), tenant_id=item.tenant_id, campaign_id=item.campaign_id, return_id=item.id,
        path=item.path, round=_next_round(session, item), at=clock.now(), by=actor.user_id,
        catalogue=made.catalogue.number, own=grid.pack(made.own), figures=grid.pack(made.figures),
        checks=[o.to_json() for o in made.outcomes if not o.holds],
        overrides={
            cell: {
                "from": int(made.counted[made.catalogue.position[cell]]),
                "to": o.value,
                "reason": o.reason,
            }
            for cell, o in made.overrides.items()
        },
        narrative=made.narrative.strip(), children=made.children, hash="",
    )  # fmt: skip
    text = snapshot.dumps(made.persons) if made.persons else ""
    filing.persons = text or None
    filing.hash = digest(filing, text)
    session.add(filing)
    session.flush()
    return filing


def _next_round(session: Session, item: Return) -> int:
    newest = session.scalar(
        select(func.max(Filing.round)).where(
            and_(Filing.tenant_id == item.tenant_id, Filing.return_id == item.id)
        )
    )
    return (newest or 0) + 1


def digest(filing: Filing, persons: str) -> str:
    """Return the SHA-256 over everything a filing says, persons included."""
    said = json.dumps(
        [
            filing.tenant_id, str(filing.return_id), filing.round, filing.catalogue,
            filing.own.hex(), filing.figures.hex(), sha256(persons.encode()).hexdigest(),
            filing.checks, filing.overrides, filing.narrative, filing.children,
        ],
        ensure_ascii=False, sort_keys=True, separators=(",", ":"),
    )  # fmt: skip
    return sha256(said.encode()).hexdigest()


def recall(session: Session, actor: Actor, return_id: uuid.UUID, *, version: int) -> Return:
    """Take a filing back before anybody has taken it up (mission V3). The filing itself stays.

    Raises:
        OutOfTurn: it has been taken up or decided, or the actor reviewed it.
    """
    item = returns.get_return(session, actor, return_id)
    access.require(actor, Action.REPORT_FILE, item.path)
    flow.move("recall", item.state)
    if item.version != version:
        raise Overtaken
    hands.refuse_reviewer(session, actor, item)
    filing = session.get_one(Filing, (item.tenant_id, item.filing_id))
    subtotals.recalled(session, item, filing)
    item.state = State.OPEN.value
    audit.record(session, actor, Act.REPORT_RECALL, item.path, f"return:{item.id}")
    session.flush()
    return item
