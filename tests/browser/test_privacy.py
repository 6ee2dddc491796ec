"""Having a field shown, being seen to look, and what is past its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Enter

pytestmark = pytest.mark.browser


def open_a_member(page: Page) -> None:
    page.goto("/members")
    page.locator("main a.open").first.click()
    page.wait_for_url("**/members/*-*")


def test_a_number_is_shown_in_its_place_once_somebody_says_why(enter: Enter):
    eyes = enter("clerk")
    page = eyes.page
    open_a_member(page)
    number = page.locator("#reveal-id_number")
    expect(number).to_contain_text("****")
    number.get_by_role("link").click()
    form = page.locator("#reveal-id_number form")
    form.get_by_role("button").click()
    expect(page.locator("#reveal-id_number .field-error").first).to_be_visible()
    form.get_by_label("为什么要看").select_option("verify")
    form.get_by_label("具体事由").fill("核对介绍信第 12 号")
    form.get_by_role("button").click()
    expect(number).to_contain_text("分钟内可见")
    expect(number).not_to_contain_text("****")
    page.reload()
    expect(page.get_by_role("heading", name="谁看过")).to_be_visible()
    expect(page.locator("aside")).to_contain_text("核对介绍信第 12 号")
    eyes.look("reveal-shown")


def test_without_scripts_the_reason_has_a_page_of_its_own(enter: Enter):
    eyes = enter("clerk")
    open_a_member(eyes.page)
    address = eyes.page.locator("#reveal-phone a").get_attribute("href")
    assert address is not None
    eyes.page.goto(address)
    eyes.look("reveal-page")


def test_the_screening_desk_shows_a_phone_beside_the_person(enter: Enter):
    eyes = enter("clerk")
    page = eyes.page
    page.goto("/screening")
    shown = page.locator("#reveal-phone")
    shown.get_by_role("link").click()
    form = page.locator("#reveal-phone form")
    form.get_by_label("为什么要看").select_option("contact")
    form.get_by_label("具体事由").fill("打电话核实流向")
    eyes.look("reveal-screening")
    form.get_by_role("button").click()
    expect(page.locator("#reveal-phone")).to_contain_text("分钟内可见")


def test_who_has_left_long_ago_is_listed_with_what_keeps_them(enter: Enter):
    clerk = enter("clerk")
    page = clerk.page
    open_a_member(page)
    page.get_by_text("转出、去世等，办理离开名册").click()
    page.get_by_label("离开原因").select_option("died")
    page.get_by_label("离开日期").fill("2019-01-05")
    page.get_by_role("button", name="办理离开名册").click()
    system = enter("system_admin")
    system.page.goto("/purges")
    expect(system.page.get_by_text("还没有结束").first).to_be_visible()
    system.page.get_by_text("逐项编号").click()
    system.look("purges")


def test_the_security_administrator_is_told_what_a_hold_lacks(enter: Enter):
    eyes = enter("security_admin")
    page = eyes.page
    page.goto("/purges")
    page.get_by_role("button", name="设为保留").click()
    expect(page.locator(".field-error").first).to_be_visible()
    page.goto("/reveals")
    eyes.look("reveals")
