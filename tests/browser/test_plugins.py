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


def test_a_question_of_a_plugin_is_answered(enter: Enter):
    eyes = enter("clerk")
    page = eyes.page
    page.goto("/screening")
    page.goto(str(page.locator("a[data-open]").first.get_attribute("href")))
    if not page.get_by_label("外出前是否登记了联系人").count():  # make them float
        _open_more(page)
        away = page.locator("details.finding").filter(has_text="外出流动")
        if away.get_attribute("open") is None:
            away.locator("summary").click()
        for select in away.locator("select").all():
            select.select_option(index=1)
        away.get_by_label("流出时间").fill("2025-03")
        away.get_by_role("button", name="确认流动").click()
        page.wait_for_load_state()
    _open_more(page)
    page.get_by_label("外出前是否登记了联系人").select_option("yes")
    page.get_by_role("button", name="保存回答").click()
    page.wait_for_load_state()
    _open_more(page)
    expect(page.get_by_label("外出前是否登记了联系人")).to_have_value("yes")
    page.get_by_label("外出前是否登记了联系人").scroll_into_view_if_needed()
    eyes.look("questions", again=True)


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
