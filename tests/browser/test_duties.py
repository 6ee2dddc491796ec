"""Two people change a post, and a superior opens a branch for a while, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import Visitor
    from tests.web.world import World

pytestmark = pytest.mark.browser


def sign_in_as(visitor: Visitor, who: str) -> None:
    visitor.page.context.clear_cookies()
    visitor.sign_in(who)
    visitor.page.wait_for_load_state()


def test_one_proposes_and_another_confirms(visitor: Visitor, server: tuple[str, World]):
    world = server[1]
    person, unit = world.people["organiser"].id, world.units["D1"].id
    visitor.sign_in("leader")
    visitor.go(f"/users/{person}?unit={unit}")
    visitor.look("two-people-user")
    visitor.page.click("text=提议免去")
    visitor.look("two-people-user-open")
    visitor.page.check("input[value=district_reviewer]")
    visitor.page.fill("#f-reason", "原审核员退休，由王敏接任")
    visitor.page.click("button:text-is('任命')")
    visitor.page.wait_for_load_state()
    sign_in_as(visitor, "safety")
    for path in ("users", "proposals"):
        visitor.go(f"/{path}")
        visitor.look(f"two-people-{path}")
    visitor.page.click("text=区县审核员")
    visitor.look("two-people-proposal")
    visitor.page.click("button:text-is('确认')")
    visitor.look("two-people-confirmed")
    assert visitor.page.locator(".state-chip").inner_text() == "已确认"


def test_a_superior_opens_a_branch_for_a_while(visitor: Visitor, server: tuple[str, World]):
    visitor.sign_in("leader")
    visitor.go(f"/emergency/open?unit={server[1].units['B1'].id}")
    visitor.page.click("button:has-text('开启')")
    visitor.page.wait_for_selector(".error-summary")
    visitor.look("emergency-refused")
    visitor.page.fill("#f-reason", "汛情紧急，要马上联系在外党员")
    visitor.page.click("button:has-text('开启')")
    visitor.page.wait_for_url("**/emergency/*-*")
    visitor.look("emergency-open")
    visitor.page.click("text=查看党员")
    visitor.look("emergency-persons")
    sign_in_as(visitor, "auditor")
    for path in ("inbox", "emergency"):
        visitor.go(f"/{path}")
        visitor.look(f"emergency-{path}")
