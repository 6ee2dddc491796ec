"""The case of a lost member: who answers for the search, until when, what was found out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from portal import access, audit
from portal.access import Action
from portal.audit import Act
from portal.core import clock
from portal.core.errors import Invalid, OutOfTurn, Overtaken, Problem
from portal.core.words import Words
from portal.organizations import service as organizations
from portal.screening import service as screening
from portal.screening.models import Record
from portal.tracing import confirming
from portal.tracing.models import Case

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterator, Mapping
    from datetime import date

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.campaigns.models import Campaign
    from portal.core.precision import Day
    from portal.tracing.confirming import Way

TEXT = 2000


def find_case(session: Session, actor: Actor, record_id: uuid.UUID) -> Case | None:
    """Return the case of a record in reach, or None if nobody was made responsible yet."""
    record = screening.get_record(session, actor, record_id)
    return session.scalars(
        select(Case).where(Case.tenant_id == record.tenant_id, Case.record_id == record.id)
    ).one_or_none()


def list_cases(session: Session, actor: Actor, path: str) -> Mapping[uuid.UUID, Case]:
    """Return the cases in reach at or below `path`, by record."""
    found = session.scalars(
        select(Case).where(access.reach(actor, Action.RECORD_VIEW, Case), access.within(Case, path))
    )
    return {case.record_id: case for case in found}


def assign(
    session: Session, actor: Actor, record_id: uuid.UUID, *,
    responsible: str, due_on: date, version: int = 0,
) -> Case:  # fmt: skip
    """Say who answers for the search and until when; the case begins with it (mission T1).

    Args:
        session: the caller's session.
        actor: the branch's clerk or secretary.
        record_id: the record of a member held to be lost.
        responsible: the person, in words.
        due_on: the last day of the search.
        version: the version of the case the actor saw; 0 where there was none.

    Raises:
        OutOfTurn: the member is not held to be lost.
        Invalid: nobody named, or a day that has passed.
        Overtaken: somebody else changed the case since.
    """
    record = screening.get_record(session, actor, record_id)
    access.require(actor, Action.RECORD_SCREEN, record.path)
    access.refuse_oneself(actor, record.member_id)
    _refuse_unless_lost(record)
    if faults := list(
        _faults_of_assignment(responsible, due_on, organizations.today(session, actor.tenant_id))
    ):
        raise Invalid(*faults)
    case = find_case(session, actor, record_id)
    if (case.version if case else 0) != version:
        raise Overtaken
    if case is None:
        case = Case(tenant_id=record.tenant_id, record_id=record.id, path=record.path)
        session.add(case)
    case.responsible, case.due_on, case.reminded_on = responsible.strip()[:120], due_on, None
    _touch(case, actor)
    session.flush()
    audit.record(
        session, actor, Act.CASE_ASSIGN, record.path, f"case:{case.id}", due_on=str(due_on)
    )
    return case


def assign_open(
    session: Session, actor: Actor, campaign: Campaign, path: str, *,
    responsible: str, due_on: date,
) -> int:  # fmt: skip
    """Assign all searches at `path` for which nobody answers yet; return how many there were."""
    access.require(actor, Action.RECORD_SCREEN, path)
    taken = select(Case.record_id).where(Case.tenant_id == actor.tenant_id)
    open_ = session.scalars(
        select(Record.id)
        .where(
            screening.audited(campaign, path), Record.lost, Record.path == path,
            Record.id.not_in(taken),
        )
        .order_by(Record.id)
    ).all()  # fmt: skip
    for record_id in open_:
        assign(session, actor, record_id, responsible=responsible, due_on=due_on)
    return len(open_)


def inquire(
    session: Session, actor: Actor, record_id: uuid.UUID, answers: Mapping[str, str], *,
    version: int, reason: str = "", conduct: str = "", on: Day | None = None, by: str = "",
) -> Case:  # fmt: skip
    """Write down the inquiry into the time out of contact (mission T3).

    Args:
        session: the caller's session.
        actor: the branch's clerk or secretary.
        record_id: whose case.
        answers: names of `confirming.QUESTIONS` to codes of their answers; empty: not known yet.
        version: the version of the case the actor saw.
        reason: why contact was lost, in words.
        conduct: how the member conducted themselves meanwhile, in words.
        on: the day of the inquiry.
        by: who inquired.

    Raises:
        OutOfTurn: nobody answers for the search yet.
        Invalid: an unknown answer, a day in the future, adverse conduct that is not described.
        Overtaken: somebody else changed the case since.
    """
    case = _open(session, actor, record_id, version)
    if faults := list(
        _faults_of_inquiry(answers, conduct, on, organizations.today(session, actor.tenant_id))
    ):
        raise Invalid(*faults)
    for name in confirming.QUESTIONS:
        setattr(case, name, answers.get(name, ""))
    case.reason, case.conduct = reason.strip()[:TEXT] or None, conduct.strip()[:TEXT] or None
    case.inquired_on, case.inquired_by = on, by.strip()[:120]
    _touch(case, actor)
    session.flush()
    audit.record(session, actor, Act.CASE_INQUIRE, case.path, f"case:{case.id}", **answers_of(case))
    return case


def decide(
    session: Session, actor: Actor, record_id: uuid.UUID, way: str, *, version: int, note: str = ""
) -> Case:
    """Settle the identity of a lost member in one of the four ways (mission T4).

    Raises:
        OutOfTurn: nobody answers for the search yet, or it has no outcome yet.
        Invalid: an unknown way, one that the outcome rules out, or one that differs from what
            the answers say without a reason.
        Overtaken: somebody else changed the case since.
    """
    case = _open(session, actor, record_id, version)
    record = screening.get_record(session, actor, record_id)
    if not record.outcome:
        words = Words("先记查找结果，再确认身份", "Say first what became of the search")
        raise OutOfTurn(words)
    if faults := list(_faults_of_way(case, record, way, note)):
        raise Invalid(*faults)
    case.way, case.way_note = way, note.strip()[:500]
    case.way_at, case.way_by = clock.now(), actor.user_id
    _touch(case, actor)
    session.flush()
    audit.record(session, actor, Act.CASE_DECIDE, case.path, f"case:{case.id}", way=way)
    return case


def answers_of(case: Case) -> dict[str, str]:
    """Return the answers on record, by name of the question."""
    return {name: getattr(case, name) for name in confirming.QUESTIONS}


def proposed(case: Case | None, record: Record) -> Way | None:
    """Return the way that the outcome and the answers on record speak for."""
    return confirming.propose(record.outcome, answers_of(case) if case else {})


def _open(session: Session, actor: Actor, record_id: uuid.UUID, version: int) -> Case:
    case = find_case(session, actor, record_id)
    record = screening.get_record(session, actor, record_id)
    access.require(actor, Action.RECORD_SCREEN, record.path)
    access.refuse_oneself(actor, record.member_id)
    if case is None:
        words = Words("先定责任人和查找时限", "First say who answers for the search")
        raise OutOfTurn(words)
    _refuse_unless_lost(record)
    if case.version != version:
        raise Overtaken
    return case


def _refuse_unless_lost(record: Record) -> None:
    if not record.lost:
        words = Words(
            "这名党员没有认定失联；先在“逐人排查”里确认",
            "The member is not held to be lost; confirm that on the screening desk first",
        )
        raise OutOfTurn(words)


def _touch(case: Case, actor: Actor) -> None:
    case.updated_at, case.updated_by = clock.now(), actor.user_id


def _faults_of_assignment(responsible: str, due_on: date, today: date) -> Iterator[Problem]:
    if not responsible.strip():
        yield Problem("责任人", Words("请写明由谁负责查找", "Say who answers for the search"))
    if due_on < today:
        words = Words("查找时限已经过去，请写今天或以后的日期", "The time limit has passed already")
        yield Problem("查找时限", words)


def _faults_of_inquiry(
    answers: Mapping[str, str], conduct: str, on: Day | None, today: date
) -> Iterator[Problem]:
    for name, code in answers.items():
        question = confirming.QUESTIONS.get(name)
        if question is None or (code and code not in question.answers):
            where = question.words.zh if question else name
            yield Problem(where, Words("请从列出的回答里选一项", "Choose one of the answers"))
    if answers.get("adverse") == "found" and not conduct.strip():
        words = Words("有不良反映的，请写明是什么表现", "Describe what was adverse")
        yield Problem("现实表现", words)
    if on is not None and on.first() > today:
        words = Words("调查核实的日期在今天之后，请核对", "The day of the inquiry is in the future")
        yield Problem("核实日期", words)


def _faults_of_way(case: Case, record: Record, way: str, note: str) -> Iterator[Problem]:
    known = confirming.WAYS.get(way)
    if known is None or record.outcome not in known.when.get("outcome", (record.outcome,)):
        words = Words("请选和查找结果相符的一种", "Choose one that fits the outcome of the search")
        yield Problem("身份确认", words)
        return
    fits = proposed(case, record)
    if (fits is None or fits.code != way) and not note.strip():
        words = Words(
            "与调查核实的回答不一致，请写明理由", "This differs from the answers: give the reason"
        )
        yield Problem("理由", words)
