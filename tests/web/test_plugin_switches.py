"""Switching a plugin on a page reaches the people it is about at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal import access
from portal.core import clock
from portal.organizations import service as organizations
from portal.screening.models import Record
from tests import scene
from tests.web.conftest import token_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.scene import Scene


@pytest.fixture
def under_way(session: Session, world) -> Scene:
    """A campaign under way in which B1 serves a community; the others serve something else."""
    organizations.change_unit(
        session, access.operator(1), world.units["B1"].id, {"sector": "7"},
        version=world.units["B1"].version,
    )  # fmt: skip
    session.commit()
    return scene.build(session, world)


def proposed(session: Session, built: Scene) -> dict[str, set[str]]:
    session.rollback()
    codes = {unit.path: code for code, unit in built.world.units.items()}
    found: dict[str, set[str]] = {}
    for path, groups in session.execute(select(Record.path, Record.focus_proposed)):
        found.setdefault(codes[path], set()).add(groups)
    session.rollback()
    return found


def test_a_switch_reaches_the_people_beneath_and_back(session, under_way, sign_in):
    browser = sign_in("sector")
    unit = under_way.world.units["D1"].id
    session.rollback()
    page = browser.get("/plugins").text

    for on, expected in (("1", {"community-retired"}), ("0", {""})):
        form = {"plugin": "township", "on": on, "csrf_token": token_of(page)}
        with clock.pinned(scene.AT):
            assert browser.post(f"/plugins/{unit}", data=form).status_code == 302
        assert proposed(session, under_way)["B1"] == expected
        assert proposed(session, under_way)["B3"] == {""}


def test_a_switch_says_how_many_units_and_members_it_touches(under_way, sign_in):
    browser = sign_in("sector")
    unit = under_way.world.units["D1"].id
    form = {"plugin": "township", "on": "1", "csrf_token": token_of(browser.get("/plugins").text)}

    with clock.pinned(scene.AT):
        browser.post(f"/plugins/{unit}", data=form)

    page = browser.get("/plugins").text
    assert "涉及 1 个组织、5 名党员" in page
    assert "8 种情形的办法，由人决定" in page


def test_a_plugin_that_is_gone_is_shown_where_it_is_on_and_can_be_switched_off(
    session, under_way, sign_in
):
    root = under_way.world.units["C"]
    organizations.switch_plugin(session, access.operator(1), root, "gone", on=True)
    session.commit()
    browser = sign_in("sector")
    page = browser.get("/plugins").text

    assert "gone" in page
    assert "服务器上却没有装" in page

    form = {"plugin": "gone", "on": "0", "csrf_token": token_of(page)}
    with clock.pinned(scene.AT):
        assert browser.post(f"/plugins/{root.id}", data=form).status_code == 302

    assert "服务器上却没有装" not in browser.get("/plugins").text
