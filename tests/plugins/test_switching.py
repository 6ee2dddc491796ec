"""Where a plugin is switched on, it is asked; elsewhere it is not, and what people said stays."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from portal import access
from portal.access import Grant, Role
from portal.core import clock
from portal.core.errors import Invalid, NotAllowed, NotFound
from portal.members import idnumber
from portal.members import service as members
from portal.members.models import Member
from portal.organizations import service as organizations
from portal.organizations.models import PluginSwitch
from portal.reporting import service as reporting
from portal.screening import plugins, switching
from portal.screening import service as screening
from portal.screening.models import Record

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.campaigns.models import Campaign
    from portal.organizations.models import Unit
    from portal.reporting.balance import Outcome

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
OPERATOR = access.operator(1)
# code, level, sector, parent; each branch gets one retired member
TREE = (
    ("H1", "committee", "9", "C"), ("H2", "committee", "9", "C"),
    ("B1", "branch", "7", "H1"), ("B2", "branch", "7", "H1"), ("B3", "branch", "3", "H1"),
    ("B4", "branch", "7", "H2"),
)  # fmt: skip
RETIRED = "community-retired"
RAISES = "@hookimpl\ndef check_person(person):\n    raise RuntimeError\n"
POINTS_OUT = """
@hookimpl
def check_person(person):
    if person.facts["occupation_group"] == "retired":
        yield Finding("asks-visit", Severity.EXPLAIN, Words("请走访", "Visit them"))
"""


@pytest.fixture
def units(session: Session) -> dict[str, Unit]:
    """A small tree, and in each branch somebody who has retired."""
    made = {"C": organizations.plant(session, 1, "某市", "C")}
    for at, (code, kind, sector, parent) in enumerate(TREE):
        made[code] = organizations.add_below(
            session, OPERATOR, made[parent], code=code, kind=kind, name=code, sector=sector
        )
        if kind == "branch":
            members.add(session, OPERATOR, made[code], _retired(at))
    session.flush()
    return made


def _retired(at: int) -> dict[str, Any]:
    stem = f"99000019500310{at * 2 + 1:03d}"
    return {
        "name": f"丁{at}", "gender": "1", "ethnicity": "01", "standing": "full",
        "id_number": stem + idnumber.check_digit(stem), "occupation": "退休人员",
    }  # fmt: skip


def opened(session: Session, units: dict[str, Unit]) -> Campaign:
    with clock.pinned(AT):
        return reporting.open_campaign(
            session, OPERATOR, units["C"], "four-checks", code="x", starts_on=date(2026, 11, 1)
        )


def proposed(session: Session) -> dict[str, str]:
    """Return what is proposed in each branch, by its code."""
    rows = session.execute(select(Member, Record).join(Record, Record.member_id == Member.id)).all()
    by_path = {u.path: u.code for u in organizations.list_units(session, OPERATOR, limit=100)}
    return {by_path[member.path]: record.focus_proposed for member, record in rows}


def test_by_default_no_plugin_is_asked(session, units):
    opened(session, units)

    assert set(proposed(session).values()) == {""}


def test_a_plugin_switched_on_at_a_committee_is_asked_about_its_sectors_beneath(session, units):
    organizations.switch_plugin(session, OPERATOR, units["H1"], "township", on=True)

    opened(session, units)

    assert proposed(session) == {"B1": RETIRED, "B2": RETIRED, "B3": "", "B4": ""}


def test_a_branch_may_be_left_out(session, units):
    organizations.switch_plugin(session, OPERATOR, units["H1"], "township", on=True)
    organizations.switch_plugin(session, OPERATOR, units["B2"], "township", on=False)

    opened(session, units)

    assert proposed(session) == {"B1": RETIRED, "B2": "", "B3": "", "B4": ""}


def test_a_switch_after_the_opening_asks_again_there_and_nowhere_else(session, units):
    campaign = opened(session, units)
    organizations.switch_plugin(session, OPERATOR, units["H2"], "township", on=True)

    assert screening.ask_plugins_again(session, campaign, units["H2"].path) == 1
    assert proposed(session) == {"B1": "", "B2": "", "B3": "", "B4": RETIRED}

    organizations.switch_plugin(session, OPERATOR, units["H2"], "township", on=False)

    assert screening.ask_plugins_again(session, campaign, units["H2"].path) == 1
    assert set(proposed(session).values()) == {""}


def test_a_group_that_a_person_confirmed_stays_and_is_not_proposed_again(session, units):
    organizations.switch_plugin(session, OPERATOR, units["H1"], "township", on=True)
    campaign = opened(session, units)
    clerk = access.Actor(1, 1, frozenset({Grant(Role.CLERK, units["B1"].path)}))
    (line,) = screening.list_records(session, clerk, campaign, units["B1"].path)
    screening.find(
        session, clerk, campaign, line[0].id, {"focus": RETIRED}, version=line[0].version
    )

    assert line[0].focus_proposed == ""

    organizations.switch_plugin(session, OPERATOR, units["H1"], "township", on=False)
    screening.ask_plugins_again(session, campaign, units["H1"].path)

    assert line[0].focus == RETIRED
    assert set(proposed(session).values()) == {""}


def test_a_group_that_nobody_offers_is_refused_and_one_confirmed_before_may_stay(session, units):
    campaign = opened(session, units)
    clerk = access.Actor(1, 1, frozenset({Grant(Role.CLERK, units["B1"].path)}))
    (line,) = screening.list_records(session, clerk, campaign, units["B1"].path)
    record = line[0]

    with pytest.raises(Invalid, match="made-up"):
        screening.find(
            session, clerk, campaign, record.id, {"focus": "made-up"}, version=record.version
        )

    record.focus = "of-a-plugin-that-is-gone"
    session.flush()
    both = f"{record.focus}|{RETIRED}"
    screening.find(session, clerk, campaign, record.id, {"focus": both}, version=record.version)

    assert record.focus == both


def test_a_unit_that_serves_another_sector_now_is_asked_about_anew(session, units):
    organizations.switch_plugin(session, OPERATOR, units["H1"], "township", on=True)
    campaign = opened(session, units)
    (member,) = members.list_members(session, OPERATOR, path=units["B1"].path)

    units["B1"].sector = "4"
    session.flush()
    screening.follow(session, OPERATOR, campaign, [member.id])

    assert proposed(session)["B1"] == ""


def test_only_who_looks_after_sectors_switches_plugins(session, units):
    clerk = access.Actor(1, 1, frozenset({Grant(Role.SECRETARY, units["B1"].path)}))

    with pytest.raises(NotAllowed):
        organizations.switch_plugin(session, clerk, units["B1"], "township", on=True)


def said(session: Session, units: dict[str, Unit], plugin: str) -> list[Outcome]:
    """Return what a plugin has to say of what B1 would file now."""
    organizations.switch_plugin(session, OPERATOR, units["B1"], plugin, on=True)
    campaign = opened(session, units)
    clerk = access.Actor(1, 1, frozenset({Grant(Role.CLERK, units["B1"].path)}))
    item = reporting.tables_return(session, clerk, campaign, units["B1"].path)
    outcomes = reporting.preview(session, clerk, item.id).outcomes
    return [each for each in outcomes if each.rule.startswith((f"{plugin}-", f"plugin:{plugin}"))]


def test_a_plugin_that_fails_holds_up_filing_and_says_why(session, units, install):
    install("fails", RAISES)

    (outcome,) = said(session, units, "fails")

    assert outcome.rule == "plugin:fails"
    assert outcome.blocks
    assert len(outcome.members) == 1


def test_a_plugin_that_asks_for_a_sentence_holds_up_filing_until_it_is_written(
    session, units, install
):
    install("asks", POINTS_OUT)

    (outcome,) = said(session, units, "asks")

    assert outcome.severity == "explain"
    assert outcome.blocks
    assert len(outcome.members) == 1


def test_a_plugin_that_is_gone_holds_up_filing_of_those_it_looked_after_until_switched_off(
    session, units, install
):
    install("leaves", RAISES)
    switching.switch_plugin(session, OPERATOR, units["C"], "leaves", on=True)
    plugins.standard.cache_clear()
    install("another", "")
    campaign = opened(session, units)

    assert [each.rule for each in at(session, units, campaign, "B1")] == ["plugin:leaves"]
    assert at(session, units, campaign, "B3") == []  # a village: it looked after communities

    effect = switching.switch_plugin(session, OPERATOR, units["B1"], "leaves", on=False)

    assert effect.units == 1
    assert at(session, units, campaign, "B1") == []
    assert [each.rule for each in at(session, units, campaign, "B2")] == ["plugin:leaves"]


def test_a_plugin_that_is_gone_and_left_no_word_of_its_sectors_holds_up_everybody(session, units):
    organizations.switch_plugin(session, OPERATOR, units["C"], "unknown", on=True)
    campaign = opened(session, units)

    (outcome,) = at(session, units, campaign, "B3")

    assert outcome.blocks
    assert "没有运行" in outcome.zh
    assert "not installed any more" in outcome.en


def test_a_plugin_that_is_gone_cannot_be_switched_on_and_one_never_here_not_off(session, units):
    organizations.switch_plugin(session, OPERATOR, units["C"], "left", on=True)

    for name, on in (("left", True), ("never", False), ("never", True)):
        with pytest.raises(NotFound):
            switching.switch_plugin(session, OPERATOR, units["H1"], name, on=on)


def test_a_switch_keeps_the_version_and_the_sectors_of_the_plugin(session, units):
    switching.switch_plugin(session, OPERATOR, units["C"], "township", on=True)

    (switch,) = session.scalars(select(PluginSwitch))

    assert switch.sectors == "37"
    assert switch.plugin_version == plugins.standard().sectors["township"].version


def test_whoever_may_not_switch_is_not_told_how_many_it_would_touch(session, units):
    secretary = access.Actor(1, 1, frozenset({Grant(Role.SECRETARY, units["B1"].path)}))

    with pytest.raises(NotAllowed):
        switching.preview_switch(session, secretary, units["B1"], "township", on=True)


def at(session: Session, units: dict[str, Unit], campaign: Campaign, code: str) -> list[Outcome]:
    """Return what plugins have to say of what a branch would file now."""
    clerk = access.Actor(1, 1, frozenset({Grant(Role.CLERK, units[code].path)}))
    item = reporting.tables_return(session, clerk, campaign, units[code].path)
    outcomes = reporting.preview(session, clerk, item.id).outcomes
    return [each for each in outcomes if each.rule.startswith("plugin:")]
