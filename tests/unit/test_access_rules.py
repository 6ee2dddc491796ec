"""Who may do what, and where: decided without a database, and the same way in a query."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, insert, select

from portal import access
from portal.access import ALONE, GRANTABLE, OWN_UNIT_ONLY, POLICY, Action, Actor, Grant, Role
from portal.core.errors import NotAllowed

PATHS = ("/1/", "/1/7/", "/1/7/3/", "/1/7/32/", "/1/70/", "/1/8/", "/10/", "/2/")
TABLE = Table("t", MetaData(), Column("tenant_id", Integer), Column("path", String))

grants = st.frozensets(
    st.builds(Grant, st.sampled_from(sorted(Role)), st.sampled_from((*PATHS, "/"))), max_size=4
)


def actor(*held: tuple[Role, str]) -> Actor:
    return Actor(7, 1, frozenset(Grant(role, place) for role, place in held))


def naive(who: Actor, action: Action, path: str) -> bool:
    """Say the same as `access.allows`, number by number instead of by text."""
    for grant in who.grants:
        place, here = grant.place.strip("/").split("/"), path.strip("/").split("/")
        beneath = grant.place == "/" or here[: len(place)] == place
        exactly = grant.place == "/" or here == place
        if grant.role in POLICY[action] and (exactly if action in OWN_UNIT_ONLY else beneath):
            return True
    return False


@given(grants, st.sampled_from(sorted(Action)), st.sampled_from(PATHS))
def test_leave_follows_the_policy_and_the_tree(held, action, path):
    who = Actor(7, 1, held)
    assert access.allows(who, action, path) is naive(who, action, path)


@pytest.fixture(scope="module")
def rows():
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        TABLE.create(connection)
        for tenant in (1, 2):
            connection.execute(
                insert(TABLE), [{"tenant_id": tenant, "path": path} for path in PATHS]
            )
        yield connection
    engine.dispose()


def found(rows, condition) -> set[tuple[int, str]]:
    return {tuple(row) for row in rows.execute(select(TABLE).where(condition))}


@given(held=grants, action=st.sampled_from(sorted(Action)))
def test_a_query_in_reach_finds_exactly_what_leave_would_be_given_for(rows, held, action):
    who = Actor(7, 1, held)
    wanted = {(1, path) for path in PATHS if access.allows(who, action, path)}
    assert found(rows, access.reach(who, action, TABLE.c)) == wanted


@pytest.mark.parametrize("place", PATHS)
def test_within_is_the_place_and_what_lies_beneath_it(rows, place):
    wanted = {(tenant, path) for tenant in (1, 2) for path in PATHS if path.startswith(place)}
    assert found(rows, access.within(TABLE.c, place)) == wanted


def test_who_holds_nothing_reaches_nothing(rows):
    assert not found(rows, access.reach(actor(), Action.UNIT_VIEW, TABLE.c))


def test_what_is_not_allowed_says_what_and_where():
    clerk = actor((Role.CLERK, "/1/7/"))
    access.require(clerk, Action.MEMBER_CHANGE, "/1/7/")
    with pytest.raises(NotAllowed) as refused:
        access.require(clerk, Action.MEMBER_CHANGE, "/1/7/3/")
    assert (refused.value.action, refused.value.place) == (Action.MEMBER_CHANGE, "/1/7/3/")


def test_places_are_those_of_the_roles_that_may_and_sorted():
    who = actor((Role.CLERK, "/1/8/"), (Role.SECRETARY, "/1/7/"), (Role.AUDIT_ADMIN, "/1/"))
    assert who.places(Action.MEMBER_VIEW) == ("/1/7/", "/1/8/")
    assert who.places(Action.AUDIT_VIEW) == ("/1/",)
    assert who.holds(Role.CLERK)
    assert not who.holds(Role.OPERATOR)


@given(grants, st.sampled_from(sorted(Role)), st.sampled_from(PATHS))
def test_whom_one_may_appoint_follows_the_table_and_the_tree(held, role, path):
    wanted = any(
        role in GRANTABLE.get(grant.role, ()) and (path.startswith(grant.place)) for grant in held
    )
    assert access.may_grant(Actor(7, 1, held), role, path) is wanted


def test_the_operator_stands_at_the_root_of_one_tenant_and_is_nobody():
    one = access.operator(3)
    assert (one.user_id, one.tenant_id) == (None, 3)
    assert one.grants == {Grant(Role.OPERATOR, "/")}


BRANCH = {Role.CLERK, Role.SECRETARY}
COMMITTEE = {Role.ORGANISER, Role.COMMITTEE_SECRETARY}
UPPER = {Role.DISTRICT_REVIEWER, Role.DISTRICT_LEADER, Role.CITY_INSPECTOR, Role.CITY_LEADER}
ADMINS = {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN}


@pytest.mark.parametrize(
    ("action", "roles"),
    [
        (Action.MEMBER_VIEW, BRANCH | COMMITTEE | {Role.OPERATOR, Role.EMERGENCY}),
        (Action.MEMBER_CHANGE, BRANCH | {Role.OPERATOR}),
        (Action.RECORD_VIEW, BRANCH | COMMITTEE | {Role.EMERGENCY}),
        (Action.RECORD_SCREEN, BRANCH),
        (Action.ROSTER_PLAIN, {Role.OPERATOR}),
        (Action.FACTS_EXPORT, {Role.OPERATOR}),
        (Action.AUDIT_VIEW, {Role.AUDIT_ADMIN}),
        (Action.UNIT_CHANGE, {Role.OPERATOR, Role.SYSTEM_ADMIN}),
        (Action.REPORT_FILE, {Role.SECRETARY, Role.COMMITTEE_SECRETARY, Role.DISTRICT_LEADER,
                              Role.CITY_LEADER}),
        (Action.REPORT_REVIEW, {Role.ORGANISER, Role.DISTRICT_REVIEWER, Role.CITY_INSPECTOR}),
    ],
)  # fmt: skip
def test_the_lines_of_the_policy_that_guard_people(action, roles):
    assert POLICY[action] == roles


def test_names_stop_at_the_base_committee_and_before_the_administrators():
    for action in (Action.MEMBER_VIEW, Action.RECORD_VIEW, Action.ROSTER_EXPORT):
        assert not POLICY[action] & (UPPER | ADMINS)


def test_nobody_alone_appoints_an_administrator_but_the_operator():
    for role, alone in ALONE.items():
        assert role == Role.OPERATOR or not alone & ADMINS
    assert ALONE[Role.OPERATOR] >= ADMINS


def test_nobody_is_appointed_to_what_the_machine_gives_itself():
    for grantable in GRANTABLE.values():
        assert not grantable & {Role.OPERATOR, Role.EMERGENCY}
