"""District and city: where everybody is, down to where names stop, and who is late."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.conftest import Enter

pytestmark = pytest.mark.browser


def test_the_city_drills_down_from_the_board_to_where_names_stop(enter: Enter):
    eyes = enter("city_inspector")
    page = eyes.page
    eyes.look("work-city")
    page.goto("/board")
    expect(page.locator("#moved")).not_to_have_class(re.compile("htmx-request"))
    eyes.look("board")
    for level in ("board-district", "board-committee", "board-branch"):
        page.locator("main table a.open[href*='/board/']").first.click()
        page.wait_for_load_state("networkidle")
        eyes.look(level)
    page.goto("/board")
    page.get_by_role("link", name="表7", exact=True).click()
    page.locator("table.three a.open").first.click()
    expect(page.locator(".offcanvas.show")).to_be_visible()
    page.get_by_role("link", name="单独打开这一页").click()
    eyes.look("board-cell")
    for _ in range(3):
        page.locator("tr[data-level] a.open").first.click()
        page.wait_for_load_state("networkidle")
    expect(page.locator("main")).to_contain_text("名单止于基层党委")
    eyes.look("board-stopped")


def test_the_city_s_desk_and_people_and_units(enter: Enter):
    eyes = enter("city_leader")
    page = eyes.page
    for name, address in (
        ("units", "/units"), ("users", "/users"), ("invite", "/users/invite"),
        ("review-city", "/review"), ("submit-city", "/submit"),
    ):  # fmt: skip
        answer = page.goto(address)
        if answer is not None and answer.ok:
            eyes.look(name)
    page.goto("/units")
    page.locator("main").get_by_role("link", name="东区委组织部").first.click()
    eyes.look("unit")


def test_the_district_reminds_who_is_late(enter: Enter):
    eyes = enter("district_reviewer")
    page = eyes.page
    eyes.look("work-district", again=True)
    page.goto("/board")
    eyes.look("board-own")
    page.goto("/status")
    eyes.look("status")
    page.locator("table.heat tbody input[type=checkbox]").first.check()
    expect(page.locator("#chosen")).to_be_visible()
    page.locator("#send").click()
    expect(page.get_by_role("heading", name="催报结果")).to_be_visible()
    eyes.look("status-chased", again=True)


@pytest.mark.parametrize(
    ("role", "address", "name"),
    [
        ("sector_admin", "/plugins", "plugins"),
        ("system_admin", "/units", "units-admin"),
        ("security_admin", "/users", "users-admin"),
        ("audit_admin", "/audit", "audit"),
    ],
)
def test_each_admin_has_their_page(enter: Enter, role: str, address: str, name: str):
    eyes = enter(role)
    eyes.page.goto(address)
    eyes.look(name, again=name.endswith("-admin"))
