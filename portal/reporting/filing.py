"""The unit's own side: explain, override, answer remarks, file, recall."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, func, select

from portal import access, audit
from portal.access import Action
from portal.audit import Act
from portal.campaigns import service as campaigns
from portal.campaigns.models import Campaign
from portal.core import clock, tree
from portal.core.errors import Invalid, NotFound, Overtaken, Problem
from portal.core.keys import uuid7
from portal.core.words import Words
from portal.reporting import draft, flow, grid, snapshot, subtotals
from portal.reporting.models import Explanation, Filing, Override, Remark, Return, State

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.reporting.draft import Draft

RETURN = Words("报表", "return")


def get_return(session: Session, actor: Actor, return_id: uuid.UUID) -> Return:
    """Return one return in the actor's reach.

    Raises:
        NotFound: there is none such, or none that the actor may know about.
    """
    item = session.scalars(
        select(Return).where(
            Return.id == return_id, access.reach(actor, Action.REPORT_VIEW, Return)
        )
    ).one_or_none()
    if item is None:
        raise NotFound(RETURN)
    return item


def find_return(
    session: Session, actor: Actor, campaign: Campaign, path: str, deliverable: str
) -> Return | None:
    """Return what the unit at `path` owes on `deliverable`, if it owes it and it is in reach."""
    return session.scalars(
        select(Return).where(
            Return.campaign_id == campaign.id,
            Return.path == path,
            Return.deliverable == deliverable,
            access.reach(actor, Action.REPORT_VIEW, Return),
        )
    ).one_or_none()


def list_returns(
    session: Session, actor: Actor, campaign: Campaign, path: str
) -> Sequence[Return]:
    """Return everything that the unit at `path` owes, the earliest first."""
    return session.scalars(
        select(Return)
        .where(
            Return.campaign_id == campaign.id,
            Return.path == path,
            access.reach(actor, Action.REPORT_VIEW, Return),
        )
        .order_by(Return.due_at, Return.deliverable)
    ).all()


def campaign_of(session: Session, item: Return) -> Campaign:
    """Return the campaign that a return belongs to."""
    return session.get_one(Campaign, (item.tenant_id, item.campaign_id))


def preview(
    session: Session, actor: Actor, return_id: uuid.UUID, *, narrative: str = ""
) -> Draft:
    """Return what the unit would file now, with every check. Changes nothing.

    Raises:
        NotFound: out of reach. NotAllowed: not the actor's own unit.
    """
    item = get_return(session, actor, return_id)
    access.require(actor, Action.REPORT_PREPARE, item.path)
    return draft.prepare(session, campaign_of(session, item), item, narrative=narrative)


def _open(session: Session, actor: Actor, return_id: uuid.UUID, step: str = "file") -> Return:
    """Return a return whose unit may still work on it."""
    item = get_return(session, actor, return_id)
    access.require(actor, Action.REPORT_PREPARE, item.path)
    flow.move(step, item.state)
    return item


def explain(session: Session, actor: Actor, return_id: uuid.UUID, rule: str, text: str) -> None:
    """Write, or with an empty text take back, the sentence that a rule asks for."""
    item = _open(session, actor, return_id)
    session.execute(
        delete(Explanation).where(
            Explanation.tenant_id == item.tenant_id,
            Explanation.return_id == item.id,
            Explanation.rule == rule,
        )
    )
    if text.strip():
        session.add(
            Explanation(
                tenant_id=item.tenant_id, return_id=item.id, path=item.path, rule=rule[:80],
                text=text.strip()[:2000], by=actor.user_id,
            )  # fmt: skip
        )
    audit.record(session, actor, Act.REPORT_EXPLAIN, item.path, f"return:{item.id}", rule=rule)
    session.flush()


def override(
    session: Session, actor: Actor, return_id: uuid.UUID, cell: str, value: int | None,
    reason: str,
) -> None:  # fmt: skip
    """Type a figure over the counted one, with a reason; None takes it back (mission W1).

    Raises:
        Invalid: no such cell, a negative figure, or no reason.
    """
    item = _open(session, actor, return_id)
    frozen = draft.catalogue.of(session, campaign_of(session, item))
    faults = []
    if cell not in frozen.position or cell.endswith(":rows"):
        faults.append(Problem(cell, Words("这一格不能改填", "This cell cannot be typed over")))
    if value is not None and value < 0:
        faults.append(Problem(cell, Words("人数不能是负数", "A count cannot be negative"), "F6"))
    if value is not None and not reason.strip():
        words = Words("改填须写理由，上级看得见", "A typed figure needs a reason; superiors see it")
        faults.append(Problem(cell, words, "W1"))
    if faults:
        raise Invalid(*faults)
    session.execute(
        delete(Override).where(
            Override.tenant_id == item.tenant_id,
            Override.return_id == item.id,
            Override.cell == cell,
        )
    )
    if value is not None:
        session.add(
            Override(
                tenant_id=item.tenant_id, return_id=item.id, path=item.path, cell=cell,
                value=value, reason=reason.strip()[:2000], by=actor.user_id,
            )  # fmt: skip
        )
    audit.record(
        session, actor, Act.REPORT_OVERRIDE, item.path, f"return:{item.id}", cell=cell, value=value
    )
    session.flush()


def remarks_of(session: Session, item: Return) -> Sequence[Remark]:
    """Return all remarks ever made on a return, in their numbering."""
    return session.scalars(
        select(Remark)
        .where(Remark.tenant_id == item.tenant_id, Remark.return_id == item.id)
        .order_by(Remark.number)
    ).all()


def open_remarks(session: Session, item: Return) -> list[Remark]:
    """Return the remarks on the newest filing that are not answered yet."""
    return [
        r for r in remarks_of(session, item) if r.filing_id == item.filing_id and not r.answer
    ]


def answer(
    session: Session, actor: Actor, return_id: uuid.UUID, number: int, kind: str, text: str
) -> Remark:
    """Answer a remark: changed (before and after show by themselves), or explained in words.

    Raises:
        NotFound: no such remark. OutOfTurn: the return is not with the unit.
        Invalid: an explanation without words.
    """
    item = _open(session, actor, return_id)
    remark = next((r for r in remarks_of(session, item) if r.number == number), None)
    if remark is None:
        raise NotFound(Words("批注", "remark"))
    if kind not in ("changed", "explained") or (kind == "explained" and not text.strip()):
        words = Words("请选“已改”，或写一句说明", "Choose changed, or write an explanation")
        raise Invalid(Problem(f"批注 {number}", words))
    remark.answer, remark.answer_text = kind, text.strip()[:2000]
    remark.answered_at, remark.answered_by = clock.now(), actor.user_id
    session.flush()
    return remark


def file(
    session: Session, actor: Actor, return_id: uuid.UUID, *, version: int, narrative: str = ""
) -> Filing:
    """File the return upward: an immutable, hashed snapshot of figures, persons and checks.

    On time is judged at the first filing, and every filing has passed all checks (C3). The
    root's own filing has nobody above: it closes the summary and counts as accepted.

    Raises:
        NotFound: out of reach. NotAllowed: not the signer of this unit. OutOfTurn: filed already.
        Overtaken: changed since the actor saw it. Invalid: checks, sentences or answers missing.
    """
    item = get_return(session, actor, return_id)
    access.require(actor, Action.REPORT_FILE, item.path)
    flow.move("file", item.state)
    if item.version != version:
        raise Overtaken
    _answers_given(session, item)
    campaign = campaign_of(session, item)
    made = draft.prepare(session, campaign, item, narrative=narrative)
    if made.blocking:
        raise Invalid(*(Problem(o.source or o.rule, o.words, o.rule) for o in made.blocking))
    before = session.get(Filing, (item.tenant_id, item.filing_id)) if item.filing_id else None
    filing = _freeze(session, actor, made)
    _fill_in_answers(session, item, made)
    now = filing.at
    if item.first_filed_at is None:
        item.first_filed_at, item.late = now, now > item.due_at
    was_counted = item.state == State.RETURNED
    item.state, item.round, item.filing_id = State.FILED.value, filing.round, filing.id
    item.taken_up_by = None
    if item.parent_path == tree.ROOT:
        item.state, item.decided_at, item.decided_by = State.ACCEPTED.value, now, actor.user_id
    else:
        subtotals.filed(session, item, filing, before if was_counted else None)
    audit.record(
        session, actor, Act.REPORT_FILE, item.path, f"return:{item.id}", round=filing.round,
        hash=filing.hash, late=item.late,
    )  # fmt: skip
    session.flush()
    return filing


def _answers_given(session: Session, item: Return) -> None:
    if item.state != State.RETURNED:
        return
    words = Words("还没有答复：写明已改，或说明理由", "Not answered: say changed, or explain")
    open_ = [Problem(f"批注 {r.number}", words, "V2") for r in open_remarks(session, item)]
    if open_:
        raise Invalid(*open_)


def _fill_in_answers(session: Session, item: Return, made: Draft) -> None:
    """Put the new figure beside each answered remark on a cell: before and after, by itself."""
    for remark in remarks_of(session, item):
        if remark.filing_id == item.filing_id and remark.place in made.catalogue.position:
            remark.after = int(made.figures[made.catalogue.position[remark.place]])


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
        OutOfTurn: it has been taken up or decided.
    """
    item = get_return(session, actor, return_id)
    access.require(actor, Action.REPORT_FILE, item.path)
    flow.move("recall", item.state)
    if item.version != version:
        raise Overtaken
    filing = session.get_one(Filing, (item.tenant_id, item.filing_id))
    subtotals.recalled(session, item, filing)
    item.state = State.OPEN.value
    audit.record(session, actor, Act.REPORT_RECALL, item.path, f"return:{item.id}")
    session.flush()
    return item


def tables_return(session: Session, actor: Actor, campaign: Campaign, path: str) -> Return:
    """Return what the unit at `path` owes on the official tables.

    Raises:
        NotFound: it owes none, or is out of reach.
    """
    code = campaigns.plan_of(campaign).tables.code
    item = find_return(session, actor, campaign, path, code)
    if item is None:
        raise NotFound(RETURN)
    return item
