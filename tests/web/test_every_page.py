"""What holds for every page, found in the URL map: a new page is in these tests by itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from portal.access import POLICY, Action
from portal.web import act_words, menu
from portal.web.edge import PortalView
from tests.web.world import PEOPLE

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from tests.web.conftest import SignIn

PUBLIC = {
    "home.health", "outside.come_back", "outside.leave", "session.sign_in", "session.code",
    "watch.figures", "watch.ready",
}  # fmt: skip
FILES = {"static", "appbuilder.static"}
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=\"|href=\"javascript:")
FOREIGN = re.compile(r"(?:src|href|action)=\"(?:https?:)?//")
WAYS = [who for who, *_ in PEOPLE]


def pages(app: Flask) -> list[str]:
    """Return the endpoints of pages: what `portal.web` serves."""
    return [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in FILES and not rule.rule.startswith("/api/")
    ]


def plain(app: Flask) -> dict[str, str]:
    """Return the pages whose address needs nothing, by endpoint."""
    return {
        rule.endpoint: rule.rule
        for rule in app.url_map.iter_rules()
        if not rule.arguments
        and "GET" in (rule.methods or ())
        and rule.endpoint not in FILES
        and not rule.rule.startswith("/api/")
    }


def may_open(app: Flask, endpoint: str, who: str) -> bool:
    """Tell whether the policy lets `who` open a page."""
    actions: tuple[Action, ...] = app.view_functions[endpoint].page_actions  # type: ignore[attr-defined]
    roles = {role for name, _, _, role in PEOPLE if name == who}
    return not actions or any(roles & POLICY[action] for action in actions)


def test_every_page_says_who_may_open_it(app: Flask):
    unguarded = {
        endpoint
        for endpoint in pages(app)
        if not hasattr(app.view_functions[endpoint], "page_actions")
    }
    assert unguarded == PUBLIC
    assert all(app.view_functions[endpoint].is_public for endpoint in PUBLIC)  # type: ignore[attr-defined]


@pytest.mark.usefixtures("world")
def test_a_stranger_gets_nowhere_but_to_the_sign_in_page(app: Flask):
    for endpoint, address in plain(app).items():
        if endpoint not in PUBLIC:
            answer = app.test_client().get(address)
            assert answer.status_code == 302, address
            assert answer.location.startswith("/sign-in"), address


@pytest.mark.parametrize("who", WAYS)
def test_every_page_answers_the_right_role_and_is_not_there_for_others(
    app: Flask, sign_in: SignIn, who: str
):
    client = sign_in(who)
    for endpoint, address in plain(app).items():
        if endpoint in PUBLIC:
            continue
        answer = client.get(address, follow_redirects=True)
        if not may_open(app, endpoint, who):
            assert answer.status_code == 404, (who, address)
        else:
            assert answer.status_code in {200, 404}, (who, address)
            assert answer.status_code == 200 or endpoint not in menu_endpoints(), (who, address)
        check_page(answer.text, address)


def menu_endpoints() -> set[str]:
    """Return what stands in menus without a campaign."""
    return {"units.tree", "plugins.show", "users.list", "audit.search"}


def check_page(text: str, address: str) -> None:
    """Check what every page keeps to."""
    assert not INLINE.search(text), (address, INLINE.search(text))
    assert not FOREIGN.search(text), (address, FOREIGN.search(text))
    if "<html" in text:
        assert len(re.findall(r"<h1[ >]", text)) == 1, address
        assert "<main" in text, address


def test_the_menu_shows_at_most_nine_entries_and_only_pages_that_open(app: Flask, sign_in: SignIn):
    for who in WAYS:
        text = sign_in(who).get("/me").text
        entries = re.findall(r'<a class="side-link" href="([^"]+)"', text.partition("</nav>")[0])
        assert len(entries) <= 9, who
        by_address = {rule: endpoint for endpoint, rule in plain(app).items()}
        for address in entries:
            assert may_open(app, by_address[address], who), (who, address)


def test_what_the_menu_has_no_room_for_stands_on_the_own_page(sign_in: SignIn):
    text = sign_in("organiser").get("/me").text
    side, _, rest = text.partition("</nav>")
    assert "/emergency" not in side
    assert '<a class="side-link" href="/emergency">' in rest
    assert "d-md-none" not in rest.partition("全部功能")[0].rpartition("<section")[2]


def test_every_entry_of_the_menu_names_a_role_that_may_open_the_page(app: Flask):
    served = [page for page in menu.PAGES if page.endpoint in app.view_functions]
    for page in served:
        actions = app.view_functions[page.endpoint].page_actions  # type: ignore[attr-defined]
        opened_by = frozenset().union(*(POLICY[action] for action in actions))
        assert POLICY[page.action] <= opened_by, page.endpoint


def test_every_answer_carries_the_headers_that_guard_it(sign_in: SignIn):
    for address in ("/me", "/no-such-page", "/health"):
        headers = sign_in("clerk").get(address).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'self'; img-src")
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"


def test_a_file_is_kept_by_browsers_and_served_to_this_portal_alone(app: Flask):
    with app.test_client().get("/static/css/sicha.css") as answer:
        assert answer.status_code == 200
        assert "max-age=31536000" in answer.headers["Cache-Control"]
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_every_write_is_refused_without_its_token(app: Flask, sign_in: SignIn):
    client = sign_in("system")
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.rule.startswith("/api/"):
            continue
        address = re.sub(r"<[^>]+>", "0", rule.rule.replace("<uuid:", "<"))
        address = address.replace("/0", "/00000000-0000-7000-8000-000000000000", 1)
        answer = client.post(address)
        assert answer.status_code in {400, 404, 405}, address


def test_the_page_for_a_missing_token_says_what_next(sign_in: SignIn):
    answer = sign_in("clerk").post("/me/choices", data={"locale": "en"})
    assert answer.status_code == 400
    assert "刷新后再提交" in answer.text


def test_an_id_that_is_none_is_a_page_that_is_not_there(sign_in: SignIn):
    client = sign_in("system")
    for address in (
        "/units/7",
        "/units/not-a-uuid",
        "/users/x",
        "/users?unit=7",
        "/audit?before=7",
    ):
        answer = client.get(address)
        assert answer.status_code == 404, address
        assert "没有找到" in answer.text


def test_a_part_of_a_page_gets_its_refusal_as_a_part(sign_in: SignIn):
    answer = sign_in("system").get("/units/7", headers={"HX-Request": "true"})
    assert answer.status_code == 404
    assert "data-refusal" in answer.text
    assert "<html" not in answer.text


def test_a_stranger_s_part_of_a_page_sends_the_whole_page_to_sign_in(app: Flask):
    answer = app.test_client().get("/units", headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"].startswith("/sign-in")


def test_what_breaks_gets_a_number_and_tells_nothing_else(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
):
    client = sign_in("clerk")

    def broken() -> str:
        raise RuntimeError("postgresql://user:secret@host")

    monkeypatch.setitem(app.view_functions, "session.help", broken)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = client.get("/help")
    assert answer.status_code == 500
    assert f"请求编号 {answer.headers['X-Request-ID']}" in answer.text
    assert "secret" not in answer.text
    assert "Something broke" in answer.text


def test_the_language_can_be_asked_for_in_the_address(app: Flask):
    client: FlaskClient = app.test_client()
    assert '<html lang="zh-Hans"' in client.get("/sign-in").text
    english = client.get("/sign-in?lang=en").text
    assert '<html lang="en"' in english
    assert '<html lang="en"' in client.get("/sign-in").text
    assert '<html lang="en"' in client.get("/sign-in?lang=klingon").text


def test_every_view_has_a_name_of_its_own(app: Flask):
    views = app.extensions["appbuilder"].baseviews
    names = [view.name for view in views if isinstance(view, PortalView)]
    assert all(names)
    assert len(names) == len(set(names))


def test_every_act_of_the_log_has_a_word():
    assert set(act_words.WORDS) == set(act_words.Act)
    assert act_words.said("of:old").zh == "of:old"
