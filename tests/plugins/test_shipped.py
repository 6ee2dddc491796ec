"""Whom each plugin that comes with the portal proposes to look at closely."""

from __future__ import annotations

from typing import Any

import pytest

from portal.extension import Severity
from portal.extension.manager import Plugins
from portal.screening import facts

RETIRED = {"occupation_group": "retired"}
NAMES = ("township", "enterprise", "university", "talent", "institution")
SHIPPED = Plugins([f"plugins.{name}" for name in NAMES], frozenset(facts.NAMES))

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
    ("university-abroad", {"sector": "5", "circumstance": "5"}),
    ("talent-mobile", {"sector": "9", "occupation_group": "self_employed"}),
    ("talent-mobile", {"sector": "6", "occupation_group": "graduate"}),
    ("talent-occupation-unknown", {"sector": "9"}),
    ("talent-occupation-unknown", {"sector": "6", "occupation_group": "other"}),
    ("institution-retired-elsewhere", {"sector": "4", **RETIRED, "lives_elsewhere": True}),
    ("institution-retired-elsewhere", {"sector": "6", **RETIRED, "floating": True}),
)
# Groups that a person belongs to beside another.
BESIDE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("village-at-sea", {"sector": "3", "occupation_group": "farmer", "floating": True}),
    (
        "enterprise-not-moved",
        {"sector": "1", "nominal": "unsettled", "occupation_group": "laid_off"},
    ),
    ("enterprise-scattered", {"sector": "8", "occupation_group": "laid_off", "floating": True}),
    (
        "university-over-two-years",
        {"sector": "5", "occupation_group": "graduate", "months_lost": 24},
    ),
)

LEFT_ALONE: tuple[dict[str, Any], ...] = (
    {"sector": "7", "occupation_group": "employed"},
    {"sector": "3", "occupation_group": "farmer"},
    {"sector": "4", "occupation_group": "retired"},
    {"sector": "6", "occupation_group": "employed", "lives_elsewhere": True},
    {"sector": "7", "floating": True},
    {"sector": "1", "occupation_group": "retired"},
    {"sector": "5", "occupation_group": "student"},
)


def proposed(known: dict[str, Any]) -> tuple[str, ...]:
    person = facts.nothing_known() | known
    names = SHIPPED.in_force(SHIPPED.sectors, person["sector"])
    return SHIPPED.propose(names, person)


def checked(known: dict[str, Any]) -> list[str]:
    person = facts.nothing_known() | known
    names = SHIPPED.in_force(SHIPPED.sectors, person["sector"])
    return [finding.rule for finding in SHIPPED.check(names, person)]


def advised(known: dict[str, Any]) -> list[tuple[str, str]]:
    """Return of each advice the measure, and the first words of the reason."""
    person = facts.nothing_known() | known
    names = SHIPPED.in_force(SHIPPED.sectors, person["sector"])
    advice, failed = SHIPPED.advise(names, person)
    assert failed == ()
    return [(each.measure, str(each.reason.zh)[:6]) for each in advice if each.reason]


@pytest.mark.parametrize(("code", "known"), PROPOSED)
def test_somebody_of_whom_this_is_known_is_proposed_for_this_group_alone(code, known):
    assert proposed(known) == (code,)


def test_every_group_there_is_has_somebody_who_is_proposed_for_it():
    groups = {group.code for groups in SHIPPED.groups.values() for group in groups}

    assert groups == {code for code, _ in (*PROPOSED, *BESIDE)}


@pytest.mark.parametrize(("code", "known"), BESIDE)
def test_somebody_of_whom_this_is_known_is_proposed_for_this_group_beside_another(code, known):
    assert code in proposed(known)
    assert len(proposed(known)) > 1


def test_a_graduate_one_month_short_of_two_years_is_not_pointed_out():
    graduate = {"sector": "5", "occupation_group": "graduate", "months_lost": 23}

    assert proposed(graduate) == ("university-graduate",)
    assert checked(graduate) == []


def test_who_works_on_land_is_not_at_sea():
    assert proposed(
        {
            "sector": "3", "occupation_group": "farmer", "floating": True,
            "destination_kind": "private_firm",
        }
    ) == ("village-working-away",)  # fmt: skip


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
    assert SHIPPED.in_force(every, "4") == ("institution",)
    assert SHIPPED.in_force(every, "6") == ("institution", "talent")
    assert SHIPPED.in_force(every, "9") == ("talent",)
    assert SHIPPED.in_force({"university", "gone"}, "7") == ()


ASKED: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    # rule, whom it is about, what settles it
    (
        "township-living-elsewhere-where",
        {"sector": "7", "lives_elsewhere": True},
        {"destination_scope": "same_city"},
    ),
    (
        "enterprise-closed-no-contact",
        {"sector": "2", "lost": True, "circumstance": "2"},
        {"outcome": "found"},
    ),
    (
        "university-over-two-years",
        {"sector": "5", "occupation_group": "graduate", "months_lost": 30},
        {"months_lost": 2},
    ),
    ("talent-occupation-unknown", {"sector": "9"}, {"occupation_group": "employed"}),
    (
        "institution-retired-out-of-touch",
        {"sector": "4", **RETIRED, "lives_elsewhere": True, "months_lost": 6},
        {"months_lost": 5},
    ),
)


@pytest.mark.parametrize(("rule", "known", "settled"), ASKED)
def test_a_plugin_asks_for_a_sentence_until_the_fact_is_there(rule, known, settled):
    assert checked(known) == [rule]
    assert checked(known | settled) == []


@pytest.mark.parametrize(("rule", "known", "settled"), ASKED)
def test_what_a_plugin_asks_for_names_its_source_and_blocks_nobody_for_good(rule, known, settled):
    del settled
    person = facts.nothing_known() | known
    (finding,) = SHIPPED.check(SHIPPED.in_force(SHIPPED.sectors, person["sector"]), person)

    assert finding.rule == rule
    assert finding.source
    assert finding.severity == Severity.EXPLAIN


AWAY = {"floating": True, "destination_scope": "other_province"}
ADVISED: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"sector": "3", **AWAY, "occupation_group": "migrant"}, "certificate", "常年在外打零"),
    ({"sector": "7", "lives_elsewhere": True, "age": 66}, "transfer", "帮助子女带小"),
    ({"sector": "3", **AWAY, "destination_kind": "self_employed"}, "transfer", "个体老板党员"),
    (
        {
            "sector": "7", "floating": True, "destination_scope": "same_city",
            "destination_kind": "private_firm",
        },
        "choose_one", "在党组织附近",
    ),
    ({"sector": "1", **AWAY, "destination_kind": "private_firm"}, "transfer", "在外地或距离"),
    ({"sector": "2", "circumstance": "2"}, "take_over", "关停的非公企"),
    ({"sector": "2", "floating": True}, "certificate", "非公企业流动"),
    ({"sector": "4", **RETIRED, "lives_elsewhere": True}, "transfer", "机关事业单位"),
    ({"sector": "9", "floating": True, "occupation_group": "employed"}, "transfer", "工作固定但非"),
    ({"sector": "1", "nominal": "unsettled"}, "transfer", "国有企业转制"),
    ({"sector": "9", "nominal": "unsettled"}, "transfer", "国有企业转制"),
    *(({"sector": each, "circumstance": "5"}, "keep", "出国（境）党") for each in "123456789"),
)  # fmt: skip


@pytest.mark.parametrize(("known", "measure", "reason"), ADVISED)
def test_somebody_of_whom_this_is_known_is_advised_this_measure_for_this_reason(
    known, measure, reason
):
    assert (measure, reason) in advised(known)


def test_all_sixteen_situations_are_written_down():
    listed = [each for situations in SHIPPED.situations.values() for each in situations]

    assert {each.number for each in listed} == set(range(1, 17))


def test_two_plugins_that_say_the_same_say_it_once():
    both = [each for each in advised({"sector": "6", "circumstance": "5"}) if each[0] == "keep"]

    assert len(both) == 1


def test_who_is_at_the_post_is_advised_nothing():
    for each in "123456789":
        assert advised({"sector": each, "occupation_group": "employed"}) == []
