"""Who gives which post alone, who with another, and who never: every role against every role."""

from __future__ import annotations

from itertools import product

import pytest

from portal import access
from portal.access import (
    ALONE,
    APPOINTABLE,
    CONFIRMABLE,
    EXCLUSIVE,
    GRANTABLE,
    GUARDED,
    POLICY,
    Action,
    Actor,
    Grant,
    Role,
)
from portal.core.errors import NotAllowed, OutOfTurn

HERE, BELOW, BESIDE, ABOVE = "/1/2/", "/1/2/3/", "/1/4/", "/1/"
ROLES = sorted(APPOINTABLE)
PAIRS = list(product(ROLES, ROLES))
VIEWS = {action for action in Action if action.value.endswith(":view")}


def actor(role: Role, user_id: int = 1, place: str = HERE) -> Actor:
    return Actor(user_id, 1, frozenset({Grant(role, place)}))


def passes(first: Actor, second: Actor | None, role: Role, path: str) -> bool:
    try:
        access.require_hands(first, second, role, path)
    except (NotAllowed, OutOfTurn):
        return False
    return True


@pytest.mark.parametrize(("granter", "given"), PAIRS)
def test_one_person_alone_gives_no_post_but_those_of_the_own_branches(granter: Role, given: Role):
    alone = passes(actor(granter), None, given, BELOW)
    committee = granter in {Role.ORGANISER, Role.COMMITTEE_SECRETARY}
    assert alone == (committee and given in {Role.CLERK, Role.SECRETARY})


@pytest.mark.parametrize("granter", sorted(set(ALONE) - {Role.OPERATOR}))
def test_what_is_given_alone_shows_nothing_that_the_granter_does_not_see(granter: Role):
    for given in ALONE[granter]:
        assert given in GRANTABLE[granter]
        seen = {action for action in VIEWS if given in POLICY[action]}
        assert seen <= {action for action in VIEWS if granter in POLICY[action]}


@pytest.mark.parametrize(("first", "given"), PAIRS)
def test_two_people_give_what_one_may_propose_and_another_may_confirm(first: Role, given: Role):
    for second in ROLES:
        expected = given in GRANTABLE.get(first, ()) and (
            given in ALONE.get(first, ()) or given in CONFIRMABLE.get(second, ())
        )
        assert passes(actor(first, 1), actor(second, 2), given, BELOW) == expected
        by_one = passes(actor(first, 1), actor(second, 1), given, BELOW)
        assert by_one == passes(actor(first, 1), None, given, BELOW)


@pytest.mark.parametrize(("role", "given"), PAIRS)
def test_nobody_proposes_or_confirms_beside_or_above_their_place(role: Role, given: Role):
    for path in (BESIDE, ABOVE):
        assert not access.may_grant(actor(role), given, path)
        assert not access.may_confirm(actor(role), given, path)


@pytest.mark.parametrize("given", ROLES)
def test_no_role_can_be_handed_on_by_one_person_with_every_other_role(given: Role):
    everything = frozenset(Grant(role, HERE) for role in ROLES)
    one = Actor(1, 1, everything)
    assert passes(one, one, given, BELOW) == (given in {Role.CLERK, Role.SECRETARY})
    operator_like = Actor(None, 1, everything)
    assert passes(one, operator_like, given, BELOW) == (given in {Role.CLERK, Role.SECRETARY})


def test_every_post_that_takes_two_has_somebody_to_propose_and_another_to_confirm():
    for role in APPOINTABLE - {Role.CITY_LEADER}:
        proposing = {each for each, roles in GRANTABLE.items() if role in roles} - {Role.OPERATOR}
        confirming = {each for each, roles in CONFIRMABLE.items() if role in roles}
        assert proposing, role
        assert confirming, role


def test_the_system_admin_has_no_hand_in_the_audit_admin():
    assert not GRANTABLE[Role.SYSTEM_ADMIN] & EXCLUSIVE
    assert Role.AUDIT_ADMIN not in CONFIRMABLE[Role.SYSTEM_ADMIN]
    assert GUARDED <= EXCLUSIVE
    confirming = {each for each, roles in CONFIRMABLE.items() if Role.SECURITY_ADMIN in roles}
    assert confirming == {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN}


def test_the_three_admins_see_no_member_and_no_case():
    of_persons = {Action.MEMBER_VIEW, Action.MEMBER_CHANGE, Action.RECORD_VIEW,
                  Action.RECORD_SCREEN, Action.ROSTER_IMPORT, Action.ROSTER_EXPORT,
                  Action.REPORT_VIEW, Action.REPORT_EXPORT, Action.FACTS_EXPORT,
                  Action.EMERGENCY_OPEN}  # fmt: skip
    for action in of_persons:
        assert not POLICY[action] & EXCLUSIVE, action
    assert POLICY[Action.AUDIT_VIEW] == {Role.AUDIT_ADMIN}


def test_nobody_is_appointed_to_an_emergency():
    assert Role.EMERGENCY not in APPOINTABLE
    assert not any(Role.EMERGENCY in roles for roles in GRANTABLE.values())
    assert not any(Role.EMERGENCY in roles for roles in CONFIRMABLE.values())
    writes = {a for a in Action if Role.EMERGENCY in POLICY[a]} - VIEWS
    assert not writes
