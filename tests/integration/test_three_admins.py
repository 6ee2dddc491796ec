"""The three administrators are three people: every pair by every way, on both databases (D1)."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.access import EXCLUSIVE, Role
from portal.core import clock
from portal.core.database import open_engine
from portal.core.errors import OutOfTurn
from portal.core.keys import uuid7
from portal.duties import service as duties
from portal.organizations import service as organizations
from portal.organizations.models import Account, Appointment
from tests.integration.commands import Command
from tests.integration.grown import Grown, grow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAIRS = list(permutations(sorted(EXCLUSIVE), 2))
PLACES = ("C", "D1", "B1")


@pytest.fixture
def grown(database_url: str) -> Iterator[Grown]:
    engine = open_engine(database_url, owner=True)
    with Session(engine) as session:
        yield grow(session)
    engine.dispose()


def row(grown: Grown, user_id: int, role: Role, code: str) -> dict[str, object]:
    unit = grown.units[code]
    return {"tenant_id": 1, "id": uuid7(), "user_id": user_id, "unit_id": unit.id,
            "path": unit.path, "role": role.value, "at": clock.now()}  # fmt: skip


def both(grown: Grown) -> int:
    """Return how many people are two of the three."""
    twice = (
        select(Appointment.user_id)
        .where(Appointment.role.in_([role.value for role in EXCLUSIVE]))
        .group_by(Appointment.user_id)
        .having(func.count() > 1)
    )
    return grown.session.scalar(select(func.count()).select_from(twice.subquery())) or 0


@pytest.mark.parametrize(("first", "second"), PAIRS)
@pytest.mark.parametrize("code", PLACES)
def test_no_verb_makes_one_person_two_of_them(grown: Grown, first: Role, second: Role, code: str):
    account = grown.invite("admin", "C", first)
    with pytest.raises(OutOfTurn, match="三个人"):
        organizations.appoint(grown.session, grown.operator, account.id, grown.units[code], second)
    leader = grown.actor("leader", "C", Role.CITY_LEADER)
    grown.invite("other", "C", Role.SECURITY_ADMIN)
    with pytest.raises(OutOfTurn, match="三个人"):
        duties.propose_appointment(
            grown.session, leader, account.id, grown.units[code], second, "兼任"
        )
    assert both(grown) == 0


@pytest.mark.parametrize(("first", "second"), PAIRS)
@pytest.mark.parametrize("code", PLACES)
def test_no_row_written_past_the_verbs_does(grown: Grown, first: Role, second: Role, code: str):
    account = grown.invite("admin", "C", first)
    grown.session.commit()
    with pytest.raises(IntegrityError):
        grown.session.execute(insert(Appointment), [row(grown, account.id, second, code)])
    grown.session.rollback()
    grown.session.execute(insert(Appointment), [row(grown, account.id, Role.CITY_LEADER, "C")])
    with pytest.raises(IntegrityError):
        grown.session.execute(
            update(Appointment).where(Appointment.role == "city_leader").values(role=second.value)
        )
    grown.session.rollback()
    assert both(grown) == 0


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_two_proposals_about_one_person_do_not_add_up(grown: Grown, first: Role, second: Role):
    leader = grown.actor("leader", "C", Role.CITY_LEADER)
    grown.invite("safety", "C", Role.SECURITY_ADMIN)
    grown.invite("system", "C", Role.SYSTEM_ADMIN)
    person = grown.invite("person", "B1", Role.CLERK)
    safety = organizations.actor_for(grown.session, _id(grown, "safety"), 1)
    items = [
        duties.propose_appointment(
            grown.session, leader, person.id, grown.units[code], role, "任命"
        )
        for role, code in ((first, "C"), (second, "D1"))
    ]
    duties.confirm(grown.session, safety, items[0].id)
    with pytest.raises(OutOfTurn, match="三个人"):
        duties.confirm(grown.session, safety, items[1].id)
    assert both(grown) == 0


def _id(grown: Grown, name: str) -> int:
    return grown.session.scalars(select(Account.id).where(Account.username == name)).one()


def test_merging_units_makes_nobody_two_of_them(grown: Grown):
    person = grown.invite("person", "B2", Role.SYSTEM_ADMIN)
    organizations.appoint(grown.session, grown.operator, person.id, grown.units["B3"], Role.CLERK)
    organizations.merge_units(grown.session, grown.operator, grown.units["B2"], grown.units["B3"])
    held = organizations.held_posts(grown.session, 1, person.id)
    assert {role for role, _ in held} == {Role.SYSTEM_ADMIN, Role.CLERK}
    assert both(grown) == 0


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_no_command_makes_one_person_two_of_them(
    grown: Grown, database_url: str, tmp_path: Path, first: Role, second: Role
):
    portal = Command(database_url, tmp_path)
    portal.json("users", "add", "admin", "--name", "某", "--unit", "C", "--role", first.value)
    for code in PLACES:
        done = portal.run("users", "appoint", "admin", "--unit", code, "--role", second.value)
        assert done.exit_code == 1
        assert "三个人" in done.output
    assert both(grown) == 0
