"""The superior's side: take up, accept, return with numbered remarks (mission V2, V4, V5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, select
from sqlalchemy.orm import defer

from portal import access, audit
from portal.access import Action
from portal.audit import Act
from portal.core import clock, tree
from portal.core.errors import Invalid, NotFound, OutOfTurn, Overtaken, Problem, Refusal
from portal.core.words import Words
from portal.organizations.models import Unit
from portal.reporting import (
    answers,
    catalogue,
    flow,
    grid,
    hands,
    returns,
    snapshot,
    subtotals,
    telling,
)  # fmt: skip
from portal.reporting.models import Filing, Remark, Return, State

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Sequence

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.campaigns.models import Campaign
    from portal.reporting.catalogue import Frozen


@dataclass(frozen=True, slots=True)
class Note:
    """A remark about to be made: on which table and place, how grave, in which words.

    `place` is a cell of the catalogue, a member id (a row of a register) or the id of a check.
    """

    text: str
    table: str = ""
    place: str = ""
    severity: str = "error"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one item of a bulk review.

    `wants_a_look` tells an item that a person has to read from one that cannot pass.
    """

    return_id: uuid.UUID
    done: bool
    words: Words
    wants_a_look: bool = False


def list_queue(
    session: Session, actor: Actor, campaign: Campaign, *,
    states: Iterable[str] = (State.FILED.value, State.TAKEN_UP.value),
    deliverable: str = "", limit: int = 200,
) -> Sequence[tuple[Return, Unit, Filing]]:  # fmt: skip
    """Return what waits for this reviewer, the longest waiting first."""
    places = actor.places(Action.REPORT_REVIEW)
    query = (
        select(Return, Unit, Filing)
        .join(Unit, and_(Unit.tenant_id == Return.tenant_id, Unit.id == Return.unit_id))
        .join(Filing, and_(Filing.tenant_id == Return.tenant_id, Filing.id == Return.filing_id))
        .where(
            Return.tenant_id == actor.tenant_id,
            Return.campaign_id == campaign.id,
            Return.parent_path.in_(places),
            Return.state.in_(list(states)),
        )
        .options(defer(Filing.persons_sealed))
        .order_by(Filing.at, Return.id)
        .limit(limit)
    )
    if deliverable:
        query = query.where(Return.deliverable == deliverable)
    return list(session.execute(query))


def count_waiting(session: Session, actor: Actor, campaign: Campaign) -> int:
    """Return how many filings wait for this reviewer."""
    found = session.scalar(
        select(func.count()).where(
            Return.tenant_id == actor.tenant_id,
            Return.campaign_id == campaign.id,
            Return.parent_path.in_(actor.places(Action.REPORT_REVIEW)),
            Return.state.in_((State.FILED.value, State.TAKEN_UP.value)),
        )
    )
    return found or 0


def units_of(
    session: Session, actor: Actor, return_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, Unit]:
    """Return whose these returns are, those in reach."""
    rows = session.execute(
        select(Return.id, Unit)
        .join(Unit, and_(Unit.tenant_id == Return.tenant_id, Unit.id == Return.unit_id))
        .where(Return.id.in_(return_ids), access.reach(actor, Action.REPORT_VIEW, Return))
    )
    return {return_id: unit for return_id, unit in rows}  # noqa: C416  (rows are no pairs to mypy)


def _step(session: Session, actor: Actor, return_id: uuid.UUID, name: str, version: int) -> Return:
    item = returns.get_return(session, actor, return_id)
    access.require(actor, Action.REPORT_REVIEW, item.parent_path)
    move = flow.move(name, item.state)
    if item.version != version:
        raise Overtaken
    hands.refuse_preparer(session, actor, item)
    item.state = move.target.value
    return item


def take_up(session: Session, actor: Actor, return_id: uuid.UUID, *, version: int) -> Return:
    """Take a filing up: from here on the unit below can no longer recall it.

    Raises:
        NotFound: out of reach. NotAllowed: not the reviewer of this unit's superior.
        OutOfTurn: recalled, taken up or decided meanwhile, or the actor's own filing.
        Overtaken: changed since the actor saw it.
    """
    item = _step(session, actor, return_id, "take_up", version)
    item.taken_up_by = actor.user_id
    audit.record(session, actor, Act.REPORT_TAKE_UP, item.path, f"return:{item.id}")
    session.flush()
    return item


def put_back(session: Session, actor: Actor, return_id: uuid.UUID, *, version: int) -> Return:
    """Put a filing back into the queue, so that the unit may recall it again."""
    item = _step(session, actor, return_id, "put_back", version)
    item.taken_up_by = None
    audit.record(session, actor, Act.REPORT_TAKE_UP, item.path, f"return:{item.id}", back=True)
    session.flush()
    return item


def accept(session: Session, actor: Actor, return_id: uuid.UUID, *, version: int) -> Return:
    """Accept a filing: its figures become part of this level's totals."""
    item = _step(session, actor, return_id, "accept", version)
    item.decided_at, item.decided_by = clock.now(), actor.user_id
    subtotals.decided(session, item, 1)
    audit.record(
        session, actor, Act.REPORT_ACCEPT, item.path, f"return:{item.id}", round=item.round
    )
    telling.accepted(session, item)
    session.flush()
    return item


def send_back(
    session: Session, actor: Actor, return_id: uuid.UUID, notes: Sequence[Note], *, version: int
) -> Return:
    """Return a filing with numbered remarks; each must be answered before it is filed again.

    Raises:
        Invalid: no remark, or one without words.
        OutOfTurn: also when this level has filed upward with these figures already.
    """
    faults = [
        Problem(f"批注 {at}", Words("请写明哪里要改、怎么改", "Say what to change, and how"), "V2")
        for at, note in enumerate(notes, 1)
        if not note.text.strip()
    ]
    if not notes:
        words = Words("退回至少要有一条批注", "A return needs at least one remark")
        faults.append(Problem("", words, "V2"))
    if faults:
        raise Invalid(*faults)
    before = returns.get_return(session, actor, return_id)
    was = before.state
    if was == State.ACCEPTED:
        _not_filed_above(session, before)
    item = _step(
        session, actor, return_id, "reopen" if was == State.ACCEPTED else "return", version
    )
    if was == State.ACCEPTED:
        subtotals.decided(session, item, -1)
    item.decided_at, item.decided_by = clock.now(), actor.user_id
    _write_down(session, actor, item, notes)
    audit.record(
        session, actor, Act.REPORT_RETURN, item.path, f"return:{item.id}", remarks=len(notes)
    )
    telling.returned(session, item, len(notes))
    session.flush()
    return item


def _not_filed_above(session: Session, item: Return) -> None:
    above = session.scalars(
        select(Return).where(
            Return.tenant_id == item.tenant_id,
            Return.campaign_id == item.campaign_id,
            Return.deliverable == item.deliverable,
            Return.path == item.parent_path,
        )
    ).one_or_none()
    if above is not None and above.state not in (State.OPEN, State.RETURNED):
        raise OutOfTurn(
            Words(
                "本级已带着这份数上报。请先撤回本级上报，或请上级退回，再要求补报",
                "This level has filed upward with these figures: recall that first, or have it"
                " returned",
            )
        )


def _write_down(session: Session, actor: Actor, item: Return, notes: Sequence[Note]) -> None:
    campaign = returns.campaign_of(session, item)
    frozen = catalogue.of(session, campaign)
    newest = session.get_one(Filing, (item.tenant_id, item.filing_id))
    figures = frozen.by_cell(grid.unpack(newest.figures, frozen.size))
    number = len(answers.remarks_of(session, item))
    for note in notes:
        number += 1
        session.add(
            Remark(
                tenant_id=item.tenant_id,
                return_id=item.id,
                filing_id=newest.id,
                path=item.path,
                number=number,
                table=note.table,
                place=note.place,
                severity=note.severity,
                text=note.text.strip()[:2000],
                by=actor.user_id,
                before=figures.get(note.place),
            )
        )


class _WantsALook(OutOfTurn):
    """Nothing is wrong, but a person has to read it before it passes."""


def bulk_accept(
    session: Session, actor: Actor, return_ids: Sequence[uuid.UUID], *, dry_run: bool
) -> list[Result]:
    """Take up and accept several filings; one that cannot be is told and left as it was.

    A filing with an unexplained error never reaches the queue; one with explained rules is left
    for a person to read. With `dry_run` nothing changes.
    """
    results = []
    for return_id in return_ids:
        with session.begin_nested() as saved:
            try:
                _accept_one(session, actor, return_id)
                words = Words(
                    "可以通过" if dry_run else "已通过", "can pass" if dry_run else "passed"
                )
                results.append(Result(return_id, True, words))
            except Refusal as refusal:
                look = isinstance(refusal, _WantsALook)
                results.append(Result(return_id, False, refusal.words, look))
                saved.rollback()
                continue
            if dry_run:
                saved.rollback()
    return results


def _accept_one(session: Session, actor: Actor, return_id: uuid.UUID) -> None:
    item = returns.get_return(session, actor, return_id)
    newest = session.get(Filing, (item.tenant_id, item.filing_id)) if item.filing_id else None
    if newest is not None and any(check["severity"] == "explain" for check in newest.checks):
        words = Words("有须说明的事项，请打开逐份看", "It has explained rules: open and read it")
        raise _WantsALook(words)
    if item.state == State.FILED:
        take_up(session, actor, return_id, version=item.version)
    accept(session, actor, return_id, version=item.version)


def get_filing(session: Session, actor: Actor, item: Return, round_: int | None = None) -> Filing:
    """Return one filing of a return in reach: the newest, or that of a round.

    Raises:
        NotFound: nothing has been filed, or not in that round.
    """
    query = select(Filing).where(
        Filing.return_id == item.id, access.reach(actor, Action.REPORT_VIEW, Filing)
    )
    query = query.where(Filing.round == round_) if round_ else query
    filing = session.scalars(query.order_by(Filing.round.desc()).limit(1)).one_or_none()
    if filing is None:
        raise NotFound(Words("上报件", "filing"))
    return filing


def changes(frozen: Frozen, before: Filing | None, now: Filing) -> dict[str, tuple[int, int]]:
    """Return the cells that differ between two filings: cell to before and after."""
    if before is None:
        return {}
    old = frozen.by_cell(grid.unpack(before.figures, frozen.size))
    new = frozen.by_cell(grid.unpack(now.figures, frozen.size))
    return {cell: (old[cell], new[cell]) for cell in frozen.cells if old[cell] != new[cell]}


def person_changes(
    before: Filing | None, now: Filing
) -> dict[str, dict[str, tuple[object, object]]]:
    """Return for each member whose facts differ between two filings what stood and stands."""
    old = {p["member"]: p["facts"] for p in snapshot.loads(before.persons)} if before else {}
    new = {p["member"]: p["facts"] for p in snapshot.loads(now.persons)}
    found = {}
    for member in {*old, *new}:
        was, is_ = old.get(member, {}), new.get(member, {})
        different = {
            name: (was.get(name), is_.get(name))
            for name in {*was, *is_}
            if was.get(name) != is_.get(name)
        }
        if different:
            found[member] = different
    return found


def superior_path(item: Return) -> str:
    """Return where a return is reviewed; the root's own is reviewed by nobody."""
    return "" if item.parent_path == tree.ROOT else item.parent_path
