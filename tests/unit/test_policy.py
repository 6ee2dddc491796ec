"""The tables of rights in words of their own: whoever widens one changes a line here as well."""

from __future__ import annotations

import uuid
from dataclasses import FrozenInstanceError

import pytest

from portal import access
from portal.access import CONFIRMABLE, GRANTABLE, POLICY, Action, Actor, Grant, Role
from portal.core.errors import OutOfTurn

BRANCH = ("clerk", "secretary")
COMMITTEE = ("organiser", "committee_secretary")
DISTRICT = ("district_reviewer", "district_leader")
CITY = ("city_inspector", "city_leader")
LINE = (*BRANCH, *COMMITTEE, *DISTRICT, *CITY)
ADMINS = ("system_admin", "security_admin", "audit_admin")
GIVES = {
    "organiser": BRANCH,
    "committee_secretary": (*BRANCH, "organiser"),
    "district_reviewer": (*BRANCH, *COMMITTEE),
    "district_leader": (*BRANCH, *COMMITTEE, "district_reviewer"),
    "city_inspector": (*BRANCH, *COMMITTEE, *DISTRICT),
    "city_leader": (*BRANCH, *COMMITTEE, *DISTRICT, "city_inspector", "sector_admin", *ADMINS),
    "system_admin": LINE,
    "security_admin": (*LINE, "sector_admin"),
    "operator": (*LINE, "sector_admin", *ADMINS),
}
CONFIRMS = {
    "organiser": BRANCH,
    "committee_secretary": BRANCH,
    "district_leader": (*BRANCH, *COMMITTEE),
    "city_leader": (*BRANCH, *COMMITTEE, *DISTRICT, "city_inspector", "sector_admin"),
    "system_admin": ("security_admin",),
    "security_admin": (*LINE, "sector_admin", *ADMINS),
}
MAY = {
    "roster:export": (*BRANCH, *COMMITTEE, "operator"),
    "campaign:view": (*LINE, "operator", "sector_admin", "system_admin"),
    "campaign:open": ("operator", "city_leader"),
}


def said(table: dict[Role, frozenset[Role]]) -> dict[str, set[str]]:
    return {role.value: {each.value for each in given} for role, given in table.items()}


def test_every_post_gives_the_posts_that_are_written_here():
    assert said(GRANTABLE) == {role: set(given) for role, given in GIVES.items()}


def test_every_post_confirms_the_posts_that_are_written_here():
    assert said(CONFIRMABLE) == {role: set(given) for role, given in CONFIRMS.items()}


@pytest.mark.parametrize("action", MAY)
def test_who_may_do_what_no_page_asks_for(action: str):
    assert {role.value for role in POLICY[Action(action)]} == set(MAY[action])


def test_only_who_switches_plugins_needs_no_second_factor():
    """Emergency access is no post: whoever opens it holds one that asks for a factor."""
    free = {
        role.value for role in Role
        if not access.needs_factor(Actor(1, 1, frozenset({Grant(role, "/1/")})))
    }  # fmt: skip
    assert free == {"sector_admin", "emergency"}
    assert not access.needs_factor(Actor(1, 1, frozenset()))


def test_nobody_acts_on_their_own_record_and_everybody_on_others():
    mine, theirs = uuid.uuid4(), uuid.uuid4()
    with pytest.raises(OutOfTurn):
        access.refuse_oneself(Actor(1, 1, frozenset(), member_id=mine), mine)
    access.refuse_oneself(Actor(1, 1, frozenset(), member_id=mine), theirs)
    access.refuse_oneself(Actor(1, 1, frozenset()), theirs)


def test_the_emergency_one_acts_under_is_named_where_it_reaches_and_nowhere_else():
    post, access_ = Grant(Role.CLERK, "/1/2/"), Grant(Role.CLERK, "/1/7/", "e-1")
    who = Actor(1, 1, frozenset({post, access_}))
    assert [access.basis_of(who, path) for path in ("/1/7/3/", "/1/2/", "/1/")] == ["e-1", "", ""]


def test_a_post_and_a_person_are_values_that_nobody_alters():
    with pytest.raises(FrozenInstanceError):
        Grant(Role.CLERK, "/1/").place = "/"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        Actor(1, 1, frozenset()).tenant_id = 2  # type: ignore[misc]
