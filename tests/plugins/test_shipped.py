"""Whom each plugin that comes with the portal proposes to look at closely."""

from __future__ import annotations

from typing import Any

import pytest

from portal.extension.manager import Plugins
from portal.screening import facts

SHIPPED = Plugins(
    ["plugins.township", "plugins.enterprise", "plugins.university"], frozenset(facts.NAMES)
)

PROPOSED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("village-working-away", {"sector": "3", "floating": True}),
    ("village-living-elsewhere", {"sector": "3", "lives_elsewhere": True}),
    ("village-graduate-back", {"sector": "3", "occupation_group": "graduate"}),
    ("community-registered-elsewhere", {"sector": "7", "lives_elsewhere": True}),
    ("community-graduate", {"sector": "7", "occupation_group": "graduate"}),
    ("community-laid-off", {"sector": "7", "occupation_group": "laid_off"}),
    ("community-laid-off", {"sector": "7", "occupation_group": "unemployed"}),
    ("community-retired", {"sector": "7", "occupation_group": "retired"}),
    ("enterprise-contract-ended", {"sector": "1", "occupation_group": "laid_off"}),
    ("enterprise-contract-ended", {"sector": "2", "occupation_group": "laid_off"}),
    ("enterprise-bankrupt", {"sector": "8", "circumstance": "2"}),
    ("university-graduate", {"sector": "5", "occupation_group": "graduate"}),
    ("university-staff-left", {"sector": "5", "occupation_group": "left_job"}),
    ("university-staff-left", {"sector": "5", "occupation_group": "laid_off"}),
)

LEFT_ALONE: tuple[dict[str, Any], ...] = (
    {"sector": "7", "occupation_group": "employed"},
    {"sector": "3", "occupation_group": "farmer"},
    {"sector": "4", "occupation_group": "retired", "lives_elsewhere": True},
    {"sector": "7", "floating": True},
    {"sector": "1", "occupation_group": "retired"},
    {"sector": "5", "occupation_group": "student"},
)


def proposed(known: dict[str, Any]) -> tuple[str, ...]:
    person = facts.nothing_known() | known
    names = SHIPPED.in_force(SHIPPED.sectors, person["sector"])
    return SHIPPED.propose(names, person)


@pytest.mark.parametrize(("code", "known"), PROPOSED)
def test_somebody_of_whom_this_is_known_is_proposed_for_this_group_alone(code, known):
    assert proposed(known) == (code,)


def test_every_group_there_is_has_somebody_who_is_proposed_for_it():
    groups = {group.code for groups in SHIPPED.groups.values() for group in groups}

    assert groups == {code for code, _ in PROPOSED}


@pytest.mark.parametrize("known", LEFT_ALONE)
def test_somebody_of_whom_this_is_known_is_proposed_for_none(known):
    assert proposed(known) == ()


def test_who_is_away_from_the_village_to_work_is_not_counted_twice_as_living_elsewhere():
    assert proposed({"sector": "3", "floating": True, "lives_elsewhere": True}) == (
        "village-working-away",
    )


def test_a_plugin_is_asked_only_about_units_of_its_sectors():
    every = set(SHIPPED.sectors)

    assert SHIPPED.in_force(every, "7") == ("township",)
    assert SHIPPED.in_force(every, "2") == ("enterprise",)
    assert SHIPPED.in_force(every, "5") == ("university",)
    assert SHIPPED.in_force(every, "4") == ()
    assert SHIPPED.in_force({"university", "gone"}, "7") == ()
