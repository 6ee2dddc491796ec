"""Sensitive acts ask again who one is, and lose nothing of what was typed."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest

from portal.core import clock
from tests.web.clicking import post
from tests.web.doors import MINUTE, START
from tests.web.world import PASSWORD

if TYPE_CHECKING:
    from flask import Flask

    from tests.web.conftest import SignIn
    from tests.web.world import World

LATER = START + 5 * MINUTE + MINUTE / 60
FRESH = {
    "exports.table", "factor.set_up", "sign_ins.end", "users.appoint", "users.dismiss",
    "users.reset", "users.reset_factor", "users.switch",
}  # fmt: skip
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def test_the_sensitive_pages_are_marked(app: Flask):
    marked = {name for name, view in app.view_functions.items()
              if getattr(view, "page_fresh", False)}  # fmt: skip
    assert marked >= FRESH


def test_within_five_minutes_nothing_is_asked(sign_in: SignIn, world: World):
    with clock.pinned(START):
        client = sign_in("committee")
    with clock.pinned(START + 5 * MINUTE):
        person = world.people["clerk"].id
        assert post(client, f"/users/{person}/account", active="0").status_code == 302


def test_later_the_same_form_is_sent_again_with_the_proof(sign_in: SignIn, world: World):
    person = world.people["clerk"].id
    with clock.pinned(START):
        client = sign_in("committee")
    with clock.pinned(LATER):
        unit = str(world.units["B2"].id)
        asked = post(client, f"/users/{person}/posts", unit=unit, role="clerk", note='两行\n"引号"')
        assert asked.status_code == 403
        assert "请再次验证身份" in asked.text
        kept = {name: html.unescape(text) for name, text in HIDDEN.findall(asked.text)}
        assert kept["unit"] == unit
        assert kept["note"].splitlines() == ["两行", '"引号"']
        wrong = client.post(f"/users/{person}/posts", data=kept | {"proof_password": "x"})
        assert wrong.status_code == 403
        assert "没能验证" in wrong.text
        done = client.post(f"/users/{person}/posts", data=kept | {"proof_password": PASSWORD})
        assert done.status_code == 302
        assert "北园商贸党支部" in client.get(done.location).text


def test_nothing_happens_before_the_proof(sign_in: SignIn, world: World):
    person = world.people["clerk"].id
    with clock.pinned(START):
        client = sign_in("committee")
    with clock.pinned(LATER):
        assert post(client, f"/users/{person}/account", active="0").status_code == 403
        assert "已停用" not in client.get(f"/users/{person}").text


def test_a_proof_counts_for_what_follows(sign_in: SignIn, world: World):
    person = world.people["clerk"].id
    with clock.pinned(START):
        client = sign_in("committee")
    with clock.pinned(LATER):
        answer = post(client, "/me/prove?next=/users", "/me/prove", proof_password=PASSWORD)
        assert answer.location == "/users"
        assert post(client, f"/users/{person}/account", active="0").status_code == 302


def test_a_fragment_is_led_to_the_whole_page(sign_in: SignIn, world: World):
    with clock.pinned(START):
        client = sign_in("clerk")
    with clock.pinned(LATER):
        part = {"HX-Request": "true"}
        answer = client.get("/me/factor", headers=part)
        assert answer.headers["HX-Redirect"] == "/me/prove?next=/me/factor"
    assert world.people["clerk"]


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/\\evil"])
def test_a_proof_leads_nowhere_else(sign_in: SignIn, wanted: str):
    client = sign_in("clerk")
    answer = post(client, f"/me/prove?next={wanted}", "/me/prove", proof_password=PASSWORD)
    assert answer.location == "/"
