from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from portal import audit
from portal.access import Actor, Grant, Role
from portal.core.errors import Invalid, NotAllowed, NotFound, OutOfTurn, Overtaken
from portal.core.precision import Day
from portal.members import idnumber
from portal.members import service as members
from portal.organizations import service as organizations

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.organizations.models import Unit


def number_of(sequence: int, born: str = "19870310") -> str:
    first17 = f"990101{born}{sequence:03}"
    return first17 + idnumber.check_digit(first17)


def person(sequence: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "name": "曾建国",
        "id_number": number_of(sequence),
        "born": Day("1987-03"),
        "gender": "1",
        "joined": Day("2010-07"),
        "phone": "13900000001",
        **more,
    }


@pytest.fixture
def city(session: Session) -> Unit:
    """A city with nothing beneath it."""
    return organizations.plant(session, 1, "某市", "A")


@pytest.fixture
def branches(session: Session, city: Unit) -> tuple[Unit, Unit]:
    """Two branches of one city."""
    actor = Actor(1, 1, frozenset({Grant(Role.OPERATOR, "/")}))
    first = organizations.add_below(
        session, actor, city, code="A1", kind="branch", name="北园党支部"
    )
    second = organizations.add_below(
        session, actor, city, code="A2", kind="branch", name="南园党支部"
    )
    return first, second


def clerk(unit: Unit) -> Actor:
    return Actor(1, unit.tenant_id, frozenset({Grant(Role.CLERK, unit.path)}))


def test_a_member_reads_back_as_written(session: Session, branches: tuple[Unit, Unit]) -> None:
    branch, _ = branches
    added = members.add(session, clerk(branch), branch, person())
    member = members.get_member(session, clerk(branch), added.id)
    assert (member.id_number, member.phone, member.born) == (
        number_of(1), "13900000001", Day("1987-03"),
    )  # fmt: skip
    assert number_of(1).encode() not in (member.id_sealed or b"")


@pytest.mark.parametrize(
    "search", ["曾建", "zengjianguo", "cjg", "zjg", number_of(1)[-4:], number_of(1), "A77"]
)
def test_members_are_found_by_name_sound_and_number(
    session: Session, branches: tuple[Unit, Unit], search: str
) -> None:
    branch, _ = branches
    members.add(session, clerk(branch), branch, person(staff_number="A77"))
    members.add(
        session, clerk(branch), branch,
        {"name": "王芳", "id_number": number_of(2, "19600101"), "joined": Day("1990")},
    )  # fmt: skip
    found = members.list_members(session, clerk(branch), search=search)
    assert [member.name for member in found] == ["曾建国"]
    assert members.count(session, clerk(branch), search=search) == 1


def test_pages_follow_each_other_without_gap(session: Session, branches: tuple[Unit, Unit]) -> None:
    branch, _ = branches
    for sequence in range(7):
        members.add(session, clerk(branch), branch, person(sequence, name=f"王{sequence % 2}"))
    seen: list[Any] = []
    while page := members.list_members(
        session, clerk(branch), after=seen[-1].id if seen else None, limit=3
    ):
        seen += page
    assert len({member.id for member in seen}) == 7
    assert [member.name for member in seen] == sorted(member.name for member in seen)


def test_another_branch_does_not_see_the_member(
    session: Session, branches: tuple[Unit, Unit]
) -> None:
    branch, other = branches
    added = members.add(session, clerk(branch), branch, person())
    assert members.list_members(session, clerk(other)) == []
    with pytest.raises(NotFound):
        members.get_member(session, clerk(other), added.id)
    with pytest.raises(NotFound):
        members.change(session, clerk(other), added.id, {"remark": "x"}, version=1)
    with pytest.raises(NotAllowed):
        members.add(session, clerk(other), branch, person(2))


def test_an_id_number_on_another_roll_is_a_conflict_that_does_not_say_where(
    session: Session, branches: tuple[Unit, Unit]
) -> None:
    branch, other = branches
    members.add(session, clerk(branch), branch, person())
    with pytest.raises(Invalid) as refused:
        members.add(session, clerk(other), other, person(name="曾建民"))
    assert "冲突" in refused.value.words.zh
    assert "上级" in refused.value.words.zh
    assert "北园" not in str(refused.value.words)
    with pytest.raises(Invalid, match="本支部名册上已有"):
        members.add(session, clerk(branch), branch, person(name="曾建民"))


def test_two_people_editing_one_record_do_not_overwrite_each_other(
    session: Session, branches: tuple[Unit, Unit]
) -> None:
    branch, _ = branches
    member = members.add(session, clerk(branch), branch, person())
    members.change(session, clerk(branch), member.id, {"party_post": "书记"}, version=1)
    with pytest.raises(Overtaken, match="没有保存"):
        members.change(session, clerk(branch), member.id, {"party_post": "委员"}, version=1)
    assert member.party_post == "书记"


def test_history_tells_every_change_and_masks_what_is_sensitive(
    session: Session, branches: tuple[Unit, Unit]
) -> None:
    branch, _ = branches
    member = members.add(session, clerk(branch), branch, person())
    members.change(
        session, clerk(branch), member.id,
        {"phone": "13900000009", "education": "22", "name": "曾建国"}, version=1,
    )  # fmt: skip
    members.leave(
        session, clerk(branch), member.id, "transferred", date(2026, 1, 5), "去外地", version=2
    )
    left, changed, added = members.history(session, clerk(branch), member.id)
    assert (added.act, changed.act, left.act) == ("add", "change", "leave")
    assert dict(changed.fields) == {
        "phone": ("139****0001", "139****0009"),
        "education": ("", "大专"),
    }
    assert added.fields["id_number"] == ("", "990101********" + number_of(1)[-4:])
    assert left.fields["tie"] == ("在册", "已离开名册")
    session.commit()
    acts = session.scalars(select(audit.Entry.act).order_by(audit.Entry.number)).all()
    assert [act for act in acts if act.startswith("member:")] == [
        "member:add", "member:change", "member:leave",
    ]  # fmt: skip


def test_who_left_is_kept_and_can_be_taken_back(
    session: Session, branches: tuple[Unit, Unit]
) -> None:
    branch, other = branches
    member = members.add(session, clerk(branch), branch, person())
    members.leave(session, clerk(branch), member.id, "transferred", date(2026, 1, 5), version=1)
    assert members.list_members(session, clerk(branch)) == []
    assert len(members.list_members(session, clerk(branch), tie="left")) == 1
    with pytest.raises(OutOfTurn):
        members.leave(session, clerk(branch), member.id, "died", date(2026, 1, 5), version=2)
    members.add(session, clerk(other), other, person())
    with pytest.raises(Invalid, match="冲突"):
        members.take_back(session, clerk(branch), member.id, version=2)


def test_leaving_needs_a_reason_and_a_day_that_has_come(
    session: Session, branches: tuple[Unit, Unit]
) -> None:
    branch, _ = branches
    member = members.add(session, clerk(branch), branch, person())
    with pytest.raises(Invalid) as refused:
        members.leave(session, clerk(branch), member.id, "bored", date(2999, 1, 1), version=1)
    assert [problem.rule for problem in refused.value.problems] == [
        "leaving-reason", "leaving-day",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"name": ""}, "name-missing"),
        ({"joined": Day("2004")}, "joined-adult"),
        ({"confirmed": Day("2009-07")}, "confirmed-after-joined"),
        ({"standing": "probationary", "confirmed": Day("2011-07")}, "probationary-confirmed"),
        ({"joined": Day("2999")}, "joined-future"),
    ],
)
def test_what_does_not_hold_together_is_refused(
    session: Session, branches: tuple[Unit, Unit], fields: dict[str, Any], rule: str
) -> None:
    branch, _ = branches
    with pytest.raises(Invalid) as refused:
        members.add(session, clerk(branch), branch, person(**fields))
    assert rule in {problem.rule for problem in refused.value.problems}


def test_a_form_lists_everything_that_cannot_be_read() -> None:
    with pytest.raises(Invalid) as refused:
        members.read_fields({"born": "87.3", "id_number": "123", "name": "王 强", "phone": ""})
    assert [problem.where for problem in refused.value.problems] == ["出生日期", "公民身份证号"]
    assert members.read_fields({"born": "1987年3月", "phone": "", "lost_marked": ""}) == {
        "born": Day("1987-03"), "phone": "", "lost_marked": False,
    }  # fmt: skip
