"""What the shell does in a real browser: keys, menus, toasts, and what every page keeps to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Dialog

    from tests.browser.conftest import Visitor
    from tests.web.world import World

pytestmark = pytest.mark.browser


def test_signing_in_and_failing_to(visitor: Visitor):
    visitor.go("/sign-in")
    visitor.look("sign-in", 1366, 390, 320)
    visitor.page.fill("#acc", "clerk")
    visitor.page.fill("#pw", "wrong")
    visitor.page.click("button[type=submit]")
    assert visitor.page.locator(".error-summary").evaluate("it => it === document.activeElement")
    visitor.look("sign-in-failed")


@pytest.mark.parametrize(
    ("who", "pages"),
    [("clerk", ("me", "help", "inbox", "search", "units")),
     ("committee", ("units", "users", "users/invite", "search?q=北园")),
     ("system", ("units", "users")), ("sector", ("plugins",)), ("auditor", ("audit",))],
)  # fmt: skip
def test_the_pages_of_the_shell_are_open_to_everybody_s_eyes(
    visitor: Visitor, who: str, pages: tuple[str, ...]
):
    visitor.sign_in(who)
    for path in pages:
        visitor.go(f"/{path}")
        visitor.look(f"{who}-{path.partition('?')[0].replace('/', '-')}")


def test_the_same_in_english_and_in_large_type(visitor: Visitor):
    visitor.sign_in("committee")
    for words in ("大字版", "English"):
        visitor.page.click(".who")
        visitor.page.click(f".dropdown-menu >> text={words}")
    for path in ("me", "units", "users", "inbox"):
        visitor.go(f"/{path}")
        assert visitor.page.evaluate("document.documentElement.className") == "is-large"
        assert visitor.page.evaluate("document.documentElement.lang") == "en"
        visitor.look(f"large-en-{path}", 1366, 390, 320)


def test_a_page_that_is_not_there_leads_back(visitor: Visitor):
    visitor.sign_in("clerk")
    visitor.go("/no-such-page")
    visitor.look("not-found")
    visitor.page.click("text=回到首页")
    assert visitor.page.url.startswith(visitor.address)


def test_the_keyboard_reaches_content_search_help_and_rows(visitor: Visitor):
    visitor.sign_in("system")
    page = visitor.page
    visitor.go("/users")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className").endswith("skip-link")
    page.keyboard.press("Enter")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.locator("tr.is-current").count() == 1
    assert page.locator("tbody tr").nth(1).evaluate("it => it.classList.contains('is-current')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/users/*")
    page.keyboard.press("/")
    page.wait_for_url("**/search")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("/?")
    assert page.input_value("#q") == "/?"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    page.wait_for_url("**/help")
    assert not visitor.faults


def test_what_was_typed_is_not_lost_without_a_question(visitor: Visitor, server: tuple[str, World]):
    visitor.sign_in("system")
    page = visitor.page
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    visitor.go(f"/units/{server[1].units['D1'].id}/add")
    page.fill("#f-name", "新区党工委")
    page.click("nav.side >> text=用户", no_wait_after=True)
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    assert page.input_value("#f-name") == "新区党工委"


def test_a_unit_is_added_and_a_toast_says_so(visitor: Visitor, server: tuple[str, World]):
    visitor.sign_in("system")
    page = visitor.page
    visitor.go(f"/units/{server[1].units['D2'].id}/add")
    page.click("text=增加这个组织")
    visitor.look("unit-add-faults")
    page.set_viewport_size({"width": 1366, "height": 820})
    page.click(".error-summary a >> nth=0")
    assert page.evaluate("document.activeElement.id") == "f-code"
    page.select_option("#f-kind", "committee")
    page.fill("#f-code", "H9")
    page.fill("#f-name", "沈家门党工委")
    page.click("text=增加这个组织")
    assert "已增加" in page.locator(".toast-note").inner_text()
    visitor.look("unit-added")


def test_one_works_for_another_of_one_s_units(visitor: Visitor, server: tuple[str, World]):
    visitor.sign_in("committee")
    page = visitor.page
    visitor.go(f"/users/{server[1].people['organiser'].id}?unit={server[1].units['B3'].id}")
    page.check("input[value=clerk]")
    page.click("main button:has-text('任命')")
    visitor.look("user-appointed")
    page.set_viewport_size({"width": 1366, "height": 820})
    page.click(".who")
    page.click(".dropdown-menu >> text=退出")
    visitor.sign_in("organiser")
    page.click(".scope")
    page.click(".dropdown-menu >> text=城隍社区党支部")
    assert page.locator(".scope b").inner_text() == "城隍社区党支部"
