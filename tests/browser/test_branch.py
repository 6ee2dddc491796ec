"""A branch clerk's way: sign in, screen, confirm, see what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.eyes import SCREENS

if TYPE_CHECKING:
    from tests.browser.conftest import Enter
    from tests.browser.eyes import Eyes

pytestmark = pytest.mark.browser


def test_a_wrong_password_is_said_where_it_is_mended(stranger: Eyes):
    page = stranger.page
    page.goto("/sign-in")
    stranger.look("sign-in")
    page.get_by_label("账号").fill("demo.clerk")
    page.get_by_label("密码").fill("不是这个")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("账号")).to_have_value("demo.clerk")
    stranger.look("sign-in-error")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_the_tasks_lead_to_every_page_of_a_branch(enter: Enter):
    eyes = enter("clerk")
    expect(eyes.page.get_by_role("heading", level=1)).to_contain_text("工作日")
    eyes.look("work")
    for name, address in (
        ("roster", "/members"), ("member-add", "/members/add"), ("inbox", "/inbox"),
        ("help", "/help"), ("me", "/me"), ("password", "/me/password"), ("search", "/search?q=王"),
    ):  # fmt: skip
        eyes.page.goto(address)
        eyes.look(name)
    eyes.page.goto("/members")
    eyes.page.locator("main a.open").first.click()
    eyes.page.wait_for_url("**/members/*-*")
    eyes.look("member")
    eyes.page.goto(f"{eyes.page.url}/change")
    eyes.look("member-change")


def test_a_member_is_screened_by_keyboard(enter: Enter):
    eyes = enter("clerk")
    page = eyes.page
    page.goto("/screening?only=open")
    eyes.look("screening")
    row = page.locator("#desk tbody tr.is-current")
    name = row.locator("a.open").inner_text()
    page.keyboard.press("1")
    page.keyboard.press("a")
    page.keyboard.press("s")
    expect(page.locator("#saved")).to_contain_text("已保存")
    expect(row.locator("a.open")).not_to_have_text(name)
    page.goto("/screening")
    mine = page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))
    results = mine.locator(".check").evaluate_all("all => all.map((c) => c.dataset.result)")
    assert results
    assert set(results) == {"ok"}


def test_a_proposed_finding_is_confirmed(enter: Enter):
    eyes = enter("clerk")
    page = eyes.page
    page.goto("/screening?only=proposed")
    eyes.look("screening-proposed", again=True)
    before = page.locator("#desk tbody tr").count()
    aside = page.locator("#aside")
    waiting = aside.locator("details.finding[open]").first
    for select in waiting.locator("select").all():
        select.select_option(index=1)
    waiting.locator("button.btn-primary").click()
    expect(page.locator("#saved")).to_contain_text("已保存")
    page.goto("/screening?only=proposed")
    assert page.locator("#desk tbody tr").count() == before - 1


def test_a_phone_shows_one_person_a_page(enter: Enter):
    eyes = enter("clerk")
    page = eyes.page
    page.goto("/screening")
    page.get_by_role("link", name="一人一页").click()
    eyes.look("screening-person")
    page.set_viewport_size({"width": 390, "height": 844})
    small = page.evaluate(
        """() => [...document.querySelectorAll("main button, main .btn")].filter((each) => {
          const box = each.getBoundingClientRect();
          return box.width && box.height && Math.min(box.width, box.height) < 24;
        }).length"""
    )
    assert small == 0


def test_somebody_new_who_is_out_of_touch_is_found_lost_and_searched_for(enter: Enter):
    eyes = enter("clerk")
    page = eyes.page
    page.goto("/members/add")
    page.get_by_label("姓名").fill("钟远山")
    page.get_by_label("党费交至").fill("2026-01")
    page.get_by_label("最近参加组织生活").fill("2025-12")
    page.get_by_role("button", name="登记到名册").click()
    page.goto("/screening?only=proposed")
    page.get_by_role("link", name="钟远山").click()
    page.locator("#aside h2").get_by_text("钟远山").wait_for()
    page.locator("#aside").get_by_label("失去联系情形").select_option(index=1)
    page.get_by_role("button", name="确认失联，建档查找").click()
    expect(page.locator("#saved")).to_contain_text("已保存")
    page.goto("/lost")
    eyes.look("lost")
    page.get_by_role("button", name="定责任人和时限").click()
    expect(page.locator("#toasts")).to_contain_text("查找责任人和时限")
    page.locator("main").get_by_role("link", name="钟远山").click()
    eyes.look("lost-case")
    page.get_by_role("link", name="记一次联系").click()
    eyes.look("lost-contact")
    page.get_by_role("button", name="下一步：渠道").click()
    page.get_by_role("button", name="下一步：经过和结果").click()
    eyes.look("lost-contact-error")
    page.locator("input[name=channel]").first.check()
    page.get_by_role("button", name="下一步：经过和结果").click()
    page.locator("input[name=result]").nth(1).check()
    page.get_by_role("button", name="下一步：责任人").click()
    page.get_by_role("button", name="保存这次联系").click()
    expect(page.locator("main ol.timeline li")).to_have_count(1)
    eyes.look("lost-case-tried", again=True)


def test_a_search_is_worked_through_on_a_phone(enter: Enter):
    eyes = enter("clerk")
    page = eyes.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/lost")
    page.locator("main table a.open").first.click()
    case = page.url
    page.get_by_role("link", name="记一次联系").click()
    page.get_by_role("button", name="下一步：渠道").click()
    page.locator("input[name=channel][value=kin]").check()
    page.get_by_role("button", name="下一步：经过和结果").click()
    page.locator("textarea[name=course]").fill("其胞弟答应转告。")
    expect(page.get_by_role("status").first).to_contain_text("草稿已存")
    page.goto(case)
    page.get_by_role("link", name="记一次联系").click()
    expect(page.locator("main")).to_contain_text("接着上次没填完的")
    eyes.look("lost-contact-resumed", 390, again=True)
    for part in ("inquiry", "ending", "history", "paper"):
        page.goto(f"{case}/{part}")
        eyes.look(f"lost-{part}")


def test_the_branch_sees_what_is_missing_before_it_files(enter: Enter):
    eyes = enter("clerk")
    page = eyes.page
    page.goto("/submit")
    eyes.look("submit")
    expect(page.locator(".action-bar button").first).to_be_disabled()
    expect(page.locator("#why")).to_contain_text("还差")
    page.locator("table.official a[data-drawer]").first.click()
    expect(page.locator(".offcanvas.show")).to_be_visible()
    page.wait_for_timeout(400)
    page.screenshot(path=SCREENS / "submit-drawer-1366.png")
    page.keyboard.press("Escape")
    page.goto("/submit?table=t3")
    eyes.look("submit-register")
    page.goto("/submit?deliverable=plan")
    eyes.look("submit-report")


def test_the_sheet_to_be_filed_prints_without_menus(enter: Enter):
    page = enter("clerk").page
    page.goto("/submit")
    page.emulate_media(media="print")
    expect(page.locator("nav.side")).to_be_hidden()
    expect(page.locator("table.official").first).to_be_visible()
    page.screenshot(path=SCREENS / "submit-print.png", full_page=True)


def test_english_and_large_type_are_kept(enter: Enter):
    eyes = enter("clerk")
    page = eyes.page
    page.goto("/me")
    page.locator("main").get_by_role("button", name="大字版").click()
    size = page.evaluate("getComputedStyle(document.documentElement).fontSize")
    assert float(size.removesuffix("px")) >= 20
    page.goto("/work")
    eyes.look("work-large", again=True)
    page.goto("/me")
    page.locator("main").get_by_role("button", name="English").click()
    assert page.locator("html").get_attribute("lang") == "en"
    page.goto("/work")
    eyes.look("work-english")
