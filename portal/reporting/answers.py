"""What a unit writes before it files: explanations, overrides, answers to remarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from portal import access, audit
from portal.access import Action
from portal.audit import Act
from portal.core import clock
from portal.core.errors import Invalid, NotFound, Problem
from portal.core.words import Words
from portal.reporting import catalogue, flow, hands, returns
from portal.reporting.models import Explanation, Override, Remark, Return, State

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.reporting.draft import Draft


def _open(session: Session, actor: Actor, return_id: uuid.UUID, step: str = "file") -> Return:
    """Return a return whose unit may still work on it."""
    item = returns.get_return(session, actor, return_id)
    access.require(actor, Action.REPORT_PREPARE, item.path)
    flow.move(step, item.state)
    hands.refuse_reviewer(session, actor, item)
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
                tenant_id=item.tenant_id,
                return_id=item.id,
                path=item.path,
                rule=rule[:80],
                text=text.strip()[:2000],
                by=actor.user_id,
            )
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
    frozen = catalogue.of(session, returns.campaign_of(session, item))
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
                tenant_id=item.tenant_id,
                return_id=item.id,
                path=item.path,
                cell=cell,
                value=value,
                reason=reason.strip()[:2000],
                by=actor.user_id,
            )
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
    return [r for r in remarks_of(session, item) if r.filing_id == item.filing_id and not r.answer]


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


def all_given(session: Session, item: Return) -> None:
    """Refuse unless every remark on the newest filing has its answer.

    Raises:
        Invalid: with each remark that has none.
    """
    if item.state != State.RETURNED:
        return
    words = Words("还没有答复：写明已改，或说明理由", "Not answered: say changed, or explain")
    open_ = [Problem(f"批注 {r.number}", words, "V2") for r in open_remarks(session, item)]
    if open_:
        raise Invalid(*open_)


def fill_in(session: Session, item: Return, made: Draft) -> None:
    """Put the new figure beside each answered remark on a cell: before and after, by itself."""
    for remark in remarks_of(session, item):
        if remark.filing_id == item.filing_id and remark.place in made.catalogue.position:
            remark.after = int(made.figures[made.catalogue.position[remark.place]])
