"""Taking a list away: asked for by one, approved by another, fetched once, seen from above."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.conftest import Enter

pytestmark = pytest.mark.browser


def test_a_list_of_several_branches_is_approved_by_another_and_fetched_once(enter: Enter):
    organiser = enter("organiser")
    page = organiser.page
    page.goto("/board")
    export = page.locator("main a[href*='/exports/']").first.get_attribute("href")
    assert export is not None
    page.goto(re.sub(r"\?.*", "?table=t2", export))
    organiser.look("export-choose")
    page.get_by_label("哪张表").select_option("t2")
    page.get_by_label("导出用途").select_option("check")
    page.get_by_role("button", name="导出", exact=True).click()
    expect(page.locator("main")).to_contain_text("等另一位同志批准")
    organiser.look("export-waiting")
    address = page.url

    leader = enter("city_leader")
    leader.page.goto("/exports")
    expect(leader.page.locator("main")).to_contain_text("等您批准")
    leader.look("exports")
    leader.page.goto(address)
    leader.look("export-decide", again=True)
    leader.page.get_by_role("button", name="批准", exact=True).click()
    expect(leader.page.locator("main")).to_contain_text("下级导出")

    page.goto(address)
    organiser.look("export-ready", again=True)
    with page.expect_download() as taken:
        page.get_by_role("button", name="取文件").click()
    assert taken.value.suggested_filename.endswith(".xlsx")
    page.goto("/exports")
    expect(page.locator("main")).to_contain_text("已取走")
