"""The roll of a branch: adding, changing, leaving, finding; nobody is ever deleted (mission M3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portal import access, audit
from portal.access import Action
from portal.audit import Act
from portal.core.errors import Invalid, OutOfTurn, Overtaken, Problem
from portal.core.words import Words
from portal.members import bulk, cells, codes, roster, rules
from portal.members.bulk import Draft, Edit
from portal.members.directory import Past, count, get_member, history, list_members
from portal.members.models import Leaving, Member, Tie
from portal.organizations import service as organizations

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.organizations.models import Unit

__all__ = [
    "Past", "add", "change", "conflict", "count", "get_member", "history", "leave",
    "leaving_problems", "list_members", "read_fields", "take_back",
]  # fmt: skip


def read_fields(texts: Mapping[str, str]) -> dict[str, Any]:
    """Return typed fields from what somebody typed into a form, by field name.

    Raises:
        Invalid: something typed cannot be read; every fault is listed.
    """
    fields: dict[str, Any] = {}
    problems = []
    for name, typed in texts.items():
        column = roster.BY_FIELD[name]
        read = column.read(typed)
        fields[name] = bulk.blank(name) if read.value is None else read.value
        if read.fault is not None and read.fault.severity != cells.WARNING:
            problems.append(Problem(column.words.zh, read.fault.words, read.fault.rule))
    if problems:
        raise Invalid(*problems)
    return fields


def add(session: Session, actor: Actor, unit: Unit, fields: dict[str, Any]) -> Member:
    """Put a person on the roll of `unit`.

    Raises:
        Invalid: the fields do not hold together, or the ID number stands on a roll already.
    """
    access.require(actor, Action.MEMBER_CHANGE, unit.path)
    _check(session, actor, fields, unit.path)
    [member_id] = bulk.add_many(session, actor, [Draft(unit.id, unit.path, fields)])
    member = session.get_one(Member, (actor.tenant_id, member_id))
    audit.record(session, actor, Act.MEMBER_ADD, unit.path, f"member:{member_id}")
    return member


def change(
    session: Session, actor: Actor, member_id: uuid.UUID, fields: dict[str, Any], *, version: int
) -> Member:
    """Change fields of a member; what stays the same is not written.

    Raises:
        NotFound: no such member within reach.
        Overtaken: somebody changed the member since `version` was read.
        Invalid: the result does not hold together, or the ID number stands on another roll.
    """
    member = _held(session, actor, member_id, version)
    now = {name: bulk.value_of(member, name) or bulk.blank(name) for name in bulk.FIELDS}
    new = {name: value for name, value in fields.items() if now[name] != value}
    if not new:
        return member
    number = new.get("id_number")
    _check(session, actor, now | new, member.path, new_number=number or "")
    return _write(session, actor, member, Act.MEMBER_CHANGE, new)


def leave(
    session: Session,
    actor: Actor,
    member_id: uuid.UUID,
    reason: str,
    on: date,
    note: str = "",
    *,
    version: int,
) -> Member:
    """Take a member off the roll, with the reason and the day (mission M3).

    Raises:
        NotFound: no such member within reach.
        Overtaken: somebody changed the member since `version` was read.
        OutOfTurn: the member has left already.
        Invalid: no such reason, or the day lies in the future.
    """
    member = _held(session, actor, member_id, version)
    if member.tie == Tie.LEFT.value:
        raise OutOfTurn(
            Words("这名党员已经离开名册，不用再办", "This member has left the roll already")
        )
    problems = leaving_problems(session, actor.tenant_id, reason, on)
    if problems:
        raise Invalid(*problems)
    return _write(
        session, actor, member, Act.MEMBER_LEAVE, {"tie": Tie.LEFT.value},
        {"left_on": on, "left_reason": reason, "left_note": note.strip()[:500]},
    )  # fmt: skip


def take_back(session: Session, actor: Actor, member_id: uuid.UUID, *, version: int) -> Member:
    """Put a member who left by mistake, or came back, on the roll again.

    Raises:
        NotFound: no such member within reach.
        Overtaken: somebody changed the member since `version` was read.
        OutOfTurn: the member is on the roll.
        Invalid: the ID number stands on another roll by now.
    """
    member = _held(session, actor, member_id, version)
    if member.tie != Tie.LEFT.value:
        raise OutOfTurn(Words("这名党员就在名册上", "This member is on the roll"))
    if member.id_number:
        _refuse_taken(session, actor, member.id_number, member.path)
    return _write(
        session, actor, member, Act.MEMBER_CHANGE, {"tie": Tie.ON_ROLL.value},
        {"left_on": None, "left_reason": "", "left_note": ""},
    )  # fmt: skip


def leaving_problems(session: Session, tenant_id: int, reason: str, on: date) -> list[Problem]:
    """Return what is wrong with leaving for `reason` on the day `on`."""
    problems = []
    if reason not in codes.LEAVING or reason == Leaving.UNDONE.value:
        words = Words("请选一个离开名册的原因", "Choose a reason for leaving the roll")
        problems.append(Problem("离开原因", words, "leaving-reason"))
    if on > organizations.today(session, tenant_id):
        words = Words("离开日期还没有到，请核对", "The day of leaving lies in the future")
        problems.append(Problem("离开日期", words, "leaving-day"))
    return problems


def _write(
    session: Session,
    actor: Actor,
    member: Member,
    act: Act,
    fields: dict[str, Any],
    also: dict[str, Any] | None = None,
) -> Member:
    kind = "leave" if act == Act.MEMBER_LEAVE else "change"
    row = bulk.roll(session, actor, Action.MEMBER_CHANGE, member.path, ids=[member.id], lock=True)[
        0
    ]
    if row.version != member.version:
        raise Overtaken
    bulk.change_many(session, actor, [Edit(row, fields, act=kind, also=also or {})])
    session.refresh(member)
    audit.record(
        session, actor, act, member.path, f"member:{member.id}", fields=sorted(fields),
        reason=member.left_reason,
    )  # fmt: skip
    return member


def _held(session: Session, actor: Actor, member_id: uuid.UUID, version: int) -> Member:
    """Return the member as the actor last saw it, permitted to change it."""
    member = get_member(session, actor, member_id)
    access.require(actor, Action.MEMBER_CHANGE, member.path)
    if member.version != version:
        raise Overtaken
    return member


def _check(
    session: Session,
    actor: Actor,
    fields: Mapping[str, Any],
    path: str,
    *,
    new_number: str | None = None,
) -> None:
    unknown = set(fields) - bulk.FIELDS
    if unknown or fields.get("tie") == Tie.LEFT.value:
        raise TypeError(f"not fields of a member: {sorted(unknown) or 'tie=left'}")
    today = organizations.today(session, actor.tenant_id)
    problems = [
        Problem(roster.BY_FIELD[rule.field].words.zh, rule.words, rule.name)
        for rule in rules.broken(fields, today)
        if rule.severity == cells.ERROR
    ]
    if problems:
        raise Invalid(*problems)
    number = fields.get("id_number") if new_number is None else new_number
    if number:
        _refuse_taken(session, actor, number, path)


def _refuse_taken(session: Session, actor: Actor, number: str, path: str) -> None:
    taken = bulk.taken_numbers(session, actor.tenant_id, [number])
    if number in taken:
        raise Invalid(
            Problem(roster.BY_FIELD["id_number"].words.zh, conflict(taken[number] == path),
                    "id-conflict")
        )  # fmt: skip


def conflict(here: bool) -> Words:  # noqa: FBT001  # it is the whole question
    """Return what is said of an ID number that stands on a roll already: never where."""
    if here:
        return Words(
            "本支部名册上已有这个身份证号，请在那一名党员上修改",
            "This ID number is on your own roll already; change that member instead",
        )
    return Words(
        "这个身份证号与别处的名册冲突，暂不能登记。请报共同的上级党组织核对；其他内容没有丢失",
        "This ID number conflicts with another roll. Ask the superior of both; nothing was lost",
    )
