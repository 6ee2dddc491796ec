"""A filing goes up, comes back with remarks, goes up again, and is accepted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Enter

pytestmark = pytest.mark.browser


def _answer_everything(page: Page) -> None:
    page.goto("/submit/answers")
    while page.locator("details[open] form").count():
        form = page.locator("details[open] form").first
        form.get_by_text("没有改，说明原因").click()
        form.get_by_label(re.compile("说明")).last.fill("已逐人核对，与发证台账一致。")
        form.get_by_role("button", name="保存答复").click()
        page.wait_for_load_state()


def _file_again(page: Page, button: str) -> None:
    page.goto("/submit")
    for form in range(page.locator("#says ~ * form, form:has(textarea[name=text])").count()):
        said = page.locator("form:has(textarea[name=text])").nth(form)
        if not said.locator("textarea").input_value():
            said.locator("textarea").fill("已核实，情况属实。")
            said.get_by_role("button").first.click()
            page.wait_for_load_state()
    page.get_by_role("button", name=re.compile(button)).click()
    page.wait_for_url("**/receipt")


def _open_again(desk: Page, unit: str) -> None:
    desk.goto("/review?filter=again")
    desk.locator("ul.queue").get_by_role("link", name=re.compile(unit)).click()
    expect(desk.locator("ul.queue [aria-current]")).to_contain_text(unit)
    desk.wait_for_load_state("networkidle")


def test_a_returned_filing_is_answered_refiled_returned_again_and_accepted(enter: Enter):
    branch, above = enter("secretary"), enter("organiser")
    page = branch.page
    page.goto("/work")
    branch.look("work-returned")
    page.goto("/submit/answers")
    branch.look("answers")
    _answer_everything(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("都答复了，可以重报")
    branch.look("answers-done", again=True)
    _file_again(page, "重报到")
    branch.look("receipt")
    unit = page.locator(".topbar .scope b").inner_text()

    desk = above.page
    desk.goto("/review")
    above.look("review")
    _open_again(desk, unit)
    above.look("review-again", again=True)
    desk.keyboard.press("a")
    expect(desk.get_by_role("button", name=re.compile("退回修改"))).to_be_visible()
    desk.get_by_role("link", name="连 0 也列").or_(desk.locator("a[data-remark]")).first.click()
    desk.locator("#notes textarea").first.fill("持证人数请附发证台账页。")
    above.look("review-remark", again=True)
    desk.get_by_role("button", name=re.compile("退回修改")).click()
    expect(desk.locator("#toasts")).to_contain_text("已退回")

    _answer_everything(page)
    _file_again(page, "重报到")

    _open_again(desk, unit)
    desk.keyboard.press("a")
    expect(desk.get_by_role("button", name=re.compile("通过")).first).to_be_visible()
    desk.get_by_role("link", name=re.compile("历史")).click()
    above.look("review-history", again=True)
    desk.get_by_role("button", name=re.compile("^通过")).click()
    expect(desk.locator("#toasts")).to_contain_text("已通过")
    page.goto("/submit")
    expect(page.locator(".action-bar")).to_contain_text("已通过")
    branch.look("submit-accepted")


def test_the_committee_sees_its_tasks_and_passes_many_at_once(enter: Enter):
    eyes = enter("organiser")
    page = eyes.page
    eyes.look("work-committee", again=True)
    page.goto("/review/bulk")
    eyes.look("review-bulk")
    page.goto("/lost")
    eyes.look("lost-committee")
    page.goto("/submit")
    eyes.look("submit-committee", again=True)


def test_a_committee_secretary_files_for_the_committee(enter: Enter):
    eyes = enter("committee_secretary")
    page = eyes.page
    _file_again(page, "^上报到")
    eyes.look("receipt-committee", again=True)
    page.get_by_role("link", name=re.compile("表册|汇总")).first.click()
    eyes.page.goto("/submit")
    expect(page.get_by_role("button", name="撤回")).to_be_visible()
