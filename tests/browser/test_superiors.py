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


def test_the_city_reminds_who_is_late_and_a_second_time_on_one_day_is_skipped(enter: Enter):
    eyes = enter("city_inspector")
    page = eyes.page
    page.goto("/status")
    eyes.look("status")
    page.locator("table.heat").get_by_role("link", name="西区委组织部").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("逾期未报")
    eyes.look("status-district", again=True)
    for result in ("已催", "今天"):
        page.locator("table.heat tbody input[type=checkbox]").first.check()
        page.locator("#send").click()
        expect(page.get_by_role("heading", name="催报结果")).to_be_visible()
        expect(page.locator("section[aria-labelledby=rs] tbody tr")).to_have_count(1)
        expect(page.locator("section[aria-labelledby=rs]")).to_contain_text(result)
    eyes.look("status-chased", again=True)


def test_the_district_has_its_own_board_and_matrix(enter: Enter):
    eyes = enter("district_reviewer")
    eyes.look("work-district", again=True)
    for name in ("board", "status"):
        eyes.page.goto(f"/{name}")
        eyes.look(f"{name}-of-district", again=True)


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
