from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import access, audit
from portal.core.database import open_engine, transaction
from portal.members import idnumber
from portal.members import service as members
from portal.organizations import service as organizations
from portal.reporting import service as reporting
from portal.screening.models import Record
from tests.integration.commands import Command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OPERATOR = access.operator(1)
RETIRED = "institution-retired-elsewhere"
# code of the branch, its sector, how many members it has
BRANCHES = (("B1", "4", 2), ("B2", "6", 1), ("B3", "3", 3))
KEYS = ["plugin", "unit", "on", "done", "units", "people", "proposals"]


def plant(session: Session) -> None:
    """Plant a committee with three branches; whoever is in them has retired."""
    root = organizations.plant(session, 1, "某市", "C")
    at = 0
    for code, sector, size in BRANCHES:
        unit = organizations.add_below(
            session, OPERATOR, root, code=code, kind="branch", name=code, sector=sector
        )
        for _ in range(size):
            stem = f"99000019500310{at * 2 + 1:03d}"
            at += 1
            members.add(session, OPERATOR, unit, {
                "name": f"丁{at}", "gender": "1", "ethnicity": "01", "standing": "full",
                "id_number": stem + idnumber.check_digit(stem), "occupation": "退休人员",
            })  # fmt: skip


@pytest.fixture
def command(database_url: str, tmp_path: Path) -> Iterator[Command]:
    """The command line on a small tree, with a campaign under way in which all live elsewhere."""
    command = Command(database_url, tmp_path)
    engine = open_engine(database_url, owner=True)
    with Session(engine) as session:
        assert command.run("plugin", "list").exit_code == 1  # no tenant yet; puts the keys in place
        with transaction(session):
            plant(session)
            reporting.open_campaign(
                session, OPERATOR, organizations.get_root(session, 1), "four-checks", code="x",
                starts_on=date(2026, 11, 1),
            )  # fmt: skip
            for record in session.scalars(select(Record)):
                record.lives_elsewhere = True
    yield command
    engine.dispose()


def proposed(url: str) -> int:
    """Return for how many the plugin proposes its group."""
    engine = open_engine(url, owner=True)
    with Session(engine) as session:
        query = select(func.count()).where(Record.focus_proposed == RETIRED)
        found = session.scalar(query) or 0
    engine.dispose()
    return found


def acts(url: str) -> list[str]:
    engine = open_engine(url, owner=True)
    with Session(engine) as session:
        found = session.scalars(select(audit.Entry.act)).all()
    engine.dispose()
    return [str(act) for act in found]


def test_a_plugin_is_switched_on_and_off_and_says_how_many_it_touches(command):
    on = command.json("plugin", "switch", "institution", "on", "--unit", "C")

    assert list(on) == KEYS
    assert (on["done"], on["units"], on["people"], on["proposals"]) == (True, 2, 3, 3)
    assert proposed(command.url) == 3

    off = command.json("plugin", "switch", "institution", "off", "--unit", "B1")

    assert (off["units"], off["people"], off["proposals"]) == (1, 2, 2)
    assert proposed(command.url) == 1


def test_a_preview_says_the_same_and_changes_nothing(command):
    before = acts(command.url)

    told = command.json("plugin", "switch", "institution", "on", "--unit", "C", "--dry-run")

    assert (told["done"], told["units"], told["people"]) == (False, 2, 3)
    assert told["proposals"] is None
    assert proposed(command.url) == 0
    assert acts(command.url) == before


def test_a_switch_is_logged_once(command):
    before = acts(command.url)

    command.json("plugin", "switch", "institution", "on", "--unit", "C")

    assert [act for act in acts(command.url) if "plugin" in act] == [
        *[act for act in before if "plugin" in act], audit.Act.PLUGIN_SWITCH.value,
    ]  # fmt: skip


def test_a_switch_that_changes_nothing_below_touches_nobody(command):
    command.json("plugin", "switch", "institution", "on", "--unit", "C")

    again = command.json("plugin", "switch", "institution", "on", "--unit", "B1")

    assert (again["units"], again["people"], again["proposals"]) == (0, 0, 0)


def test_the_list_says_what_each_plugin_is_and_where_it_is_switched(command):
    command.json("plugin", "switch", "institution", "on", "--unit", "C")
    command.json("plugin", "switch", "institution", "off", "--unit", "B2")

    rows = {row["name"]: row for row in command.json("plugin", "list")}

    assert set(rows) >= {"township", "enterprise", "university", "talent", "institution"}
    here = rows["institution"]
    assert here["module"] == "plugins.institution"
    assert here["sectors"] == ["4", "6"]
    assert [group["code"] for group in here["groups"]] == [RETIRED]
    assert [each["number"] for each in here["situations"]] == [13, 16]
    assert here["switches"] == [{"unit": "C", "on": True}, {"unit": "B2", "on": False}]
    assert rows["township"]["switches"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("institutoin", "on", "--unit", "C"), "插件"),
        (("institution", "on", "--unit", "nowhere"), "组织"),
    ],
)
def test_what_is_not_there_is_refused_and_nothing_is_switched(command, words, said):
    before = acts(command.url)

    refused = command.run("plugin", "switch", *words)

    assert refused.exit_code == 1
    assert said in refused.stderr
    assert acts(command.url) == before
