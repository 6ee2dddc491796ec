"""A workbook with faults is taken in: what is wrong is shown, the rest is taken, and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests import rosters

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import Enter

pytestmark = pytest.mark.browser


def _broken(folder: Path) -> Path:
    wrong = rosters.number(3)[:-1] + ("1" if rosters.number(3)[-1] != "1" else "2")
    file = folder / "支部名册.xlsx"
    file.write_bytes(
        rosters.roster(
            rosters.row(1), rosters.row(2), rosters.row(3, 公民身份证号=wrong),
            rosters.row(4, 出生日期="1987.1", 手机号="１３９００００００４４"),
            rosters.row(5, 加入党组织日期="去年"),
        )
    )  # fmt: skip
    return file


def test_a_broken_workbook_goes_through_the_wizard(enter: Enter, tmp_path: Path):
    eyes = enter("clerk")
    page = eyes.page
    page.goto("/import")
    eyes.look("import")
    page.get_by_label("工作簿文件").set_input_files(_broken(tmp_path))
    page.get_by_role("button", name="上传并检查").click()
    page.wait_for_url("**/import/*-*")
    eyes.look("import-check")
    page.keyboard.press("n")
    expect(page.locator("#cell-at")).not_to_be_empty()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载标注副本").first.click()
    assert "标注" in waiting.value.suggested_filename
    page.locator(".action-bar button.btn-primary").click()
    page.wait_for_url("**/result")
    expect(page.get_by_role("heading", level=1)).to_contain_text("已导入")
    eyes.look("import-result")
    page.get_by_role("button", name="撤销这次导入").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("这次导入已撤销")


def test_what_is_no_workbook_is_refused_in_words(enter: Enter, tmp_path: Path):
    eyes = enter("clerk")
    page = eyes.page
    file = tmp_path / "名册.xlsx"
    file.write_text("不是工作簿", encoding="utf-8")
    page.goto("/import")
    page.get_by_label("工作簿文件").set_input_files(file)
    page.get_by_role("button", name="上传并检查").click()
    expect(page.locator("#answer")).not_to_be_empty()
    eyes.look("import-refused", again=True)
