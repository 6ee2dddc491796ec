"""Plugins at a browser: what they advise on the desk, and who switches them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Enter

pytestmark = pytest.mark.browser


def _open_more(page: Page) -> None:
    closed = page.locator("details.more:not([open]) > summary")
    if closed.count():
        closed.click()


def test_advice_stands_in_a_dashed_frame_with_its_reason(enter: Enter):
    eyes = enter("clerk")
    page = eyes.page
    page.goto("/screening")
    persons = [link.get_attribute("href") for link in page.locator("a[data-open]").all()]
    advice = page.locator(".proposal")
    for person in persons:  # until somebody old enough lives elsewhere
        page.goto(str(person))
        _open_more(page)
        if not advice.count() and page.get_by_role("button", name="改为是").count():
            page.get_by_role("button", name="改为是").click()
            page.wait_for_load_state()
            page.goto(str(person))
            _open_more(page)
        if advice.count():
            break

    expect(advice.first).to_contain_text("拟：")
    expect(advice.first).to_contain_text("可能的情形：")
    expect(page.get_by_role("heading", name="办法建议")).to_contain_text("由人决定")
    assert advice.first.evaluate("at => getComputedStyle(at).borderTopStyle") == "dashed"
    advice.first.scroll_into_view_if_needed()
    eyes.look("advice")


def test_a_plugin_is_switched_off_and_on_and_says_whom_it_touches(enter: Enter):
    eyes = enter("sector_admin")
    page = eyes.page
    page.goto("/plugins")
    row = page.locator("table.grid tbody tr").first
    was = row.get_by_role("button", name="镇街村社插件").inner_text()

    row.get_by_role("button", name="镇街村社插件").click()
    expect(page.get_by_text("名党员").first).to_be_visible()
    eyes.look("plugins-switched")
    row.get_by_role("button", name="镇街村社插件").click()

    expect(row.get_by_role("button", name="镇街村社插件")).to_have_text(was)
