"""Guessing: five failures shut a door for a quarter of an hour, and nobody sees that it is shut."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal.app import create_app
from portal.audit import Act, Entry
from portal.core import clock
from portal.core.crypto import HEADER
from portal.identity import throttle
from portal.identity.models import Throttle
from portal.notifications.models import Notice
from portal.organizations import service as organizations
from portal.organizations.models import Account
from tests.web.clicking import post
from tests.web.conftest import let_go, token_of
from tests.web.doors import MINUTE, START, code_at, enrol, knock
from tests.web.world import PASSWORD

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

    from portal.settings import Settings
    from tests.web.conftest import SignIn
    from tests.web.world import World

WRONG = "das war es nicht, noch einmal"
pytestmark = pytest.mark.usefixtures("world")


def api(app: Flask, username: str, password: str, **more: str) -> int:
    body = {"username": username, "password": password, **more}
    return app.test_client(use_cookies=False).post("/api/v1/session", json=body).status_code


def test_the_sixth_try_is_refused_though_it_is_right(app: Flask):
    with clock.pinned(START):
        for _ in range(5):
            assert knock(app.test_client(), "clerk", WRONG).status_code == 401
        assert knock(app.test_client(), "clerk").status_code == 401
        assert api(app, "clerk", PASSWORD) == 401


def test_the_api_counts_with_the_web(app: Flask):
    with clock.pinned(START):
        assert [api(app, "clerk", WRONG) for _ in range(3)] == [401] * 3
        for _ in range(2):
            knock(app.test_client(), "clerk", WRONG)
        assert api(app, "clerk", PASSWORD) == 401
        assert knock(app.test_client(), "secretary").status_code == 302


def test_the_lock_lasts_a_quarter_of_an_hour_to_the_second(app: Flask):
    with clock.pinned(START):
        for _ in range(5):
            knock(app.test_client(), "clerk", WRONG)
    with clock.pinned(START + 15 * MINUTE - MINUTE / 60):
        assert knock(app.test_client(), "clerk").status_code == 401
    with clock.pinned(START + 15 * MINUTE):
        assert knock(app.test_client(), "clerk").status_code == 302


def test_four_failures_do_not_lock_and_are_forgotten_by_success(app: Flask):
    with clock.pinned(START):
        for _ in range(3):
            for _ in range(4):
                knock(app.test_client(), "clerk", WRONG)
            assert knock(app.test_client(), "clerk").status_code == 302


def test_another_worker_and_a_restart_know_of_the_lock(app: Flask, settings: Settings):
    with clock.pinned(START):
        for _ in range(5):
            knock(app.test_client(), "clerk", WRONG)
        other = create_app(settings)
        assert knock(other.test_client(), "clerk").status_code == 401
        let_go(other)


def test_the_present_password_is_guarded_like_the_door(sign_in: SignIn):
    with clock.pinned(START):
        client = sign_in("clerk")
        new = "海风吹过岛上的旧码头和那座新学堂"
        for old in (*[WRONG] * 5, PASSWORD):
            answer = post(client, "/me/password", "/me/password", old=old, new=new, again=new)
            assert answer.status_code == 422
            assert "现在的密码不对" in answer.text


def test_proving_again_is_guarded_like_the_door(sign_in: SignIn):
    with clock.pinned(START):
        client = sign_in("clerk")
        for given in (*[WRONG] * 5, PASSWORD):
            answer = post(client, "/me/prove", "/me/prove", proof_password=given)
            assert answer.status_code == 403


def test_codes_and_recovery_codes_are_guarded_like_the_door(app: Flask, sign_in: SignIn):
    with clock.pinned(START):
        seed, recovery = enrol(sign_in("clerk"))
    with clock.pinned(START + MINUTE):
        client = app.test_client()
        assert knock(client, "clerk").location.startswith("/sign-in/code")
        good = code_at(seed, START + MINUTE)
        for code in ("000000", "abcde-fghjk", "1", "", "999999", good, recovery[0]):
            answer = post(client, "/sign-in/code", "/sign-in/code", code=code)
            assert answer.status_code == 401
        assert api(app, "clerk", PASSWORD, code=good) == 401


def test_a_right_password_does_not_wash_wrong_codes_away(app: Flask, sign_in: SignIn):
    with clock.pinned(START):
        seed, _ = enrol(sign_in("clerk"))
    with clock.pinned(START + MINUTE):
        for _ in range(5):
            client = app.test_client()
            knock(client, "clerk")
            post(client, "/sign-in/code", "/sign-in/code", code="000000")
        assert api(app, "clerk", PASSWORD, code=code_at(seed, START + MINUTE)) == 401


def test_an_address_and_all_together_are_counted(app: Flask, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(throttle.LIMITS, "address", 7)
    with clock.pinned(START):
        for number in range(7):
            assert api(app, f"guess{number}", WRONG) == 401
        assert api(app, "clerk", PASSWORD) == 401
        elsewhere = app.test_client(use_cookies=False)
        body = {"username": "clerk", "password": PASSWORD}
        there = {"REMOTE_ADDR": "203.0.113.9"}
        answer = elsewhere.post("/api/v1/session", json=body, environ_base=there)
        assert answer.status_code == 201
        monkeypatch.setitem(throttle.LIMITS, "total", 8)
        elsewhere.post("/api/v1/session", json=body | {"password": WRONG}, environ_base=there)
        answer = elsewhere.post("/api/v1/session", json=body, environ_base=there)
        assert answer.status_code == 401


def test_a_forged_header_moves_no_count(app: Flask, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(throttle.LIMITS, "address", 3)
    for number in range(5):
        body = {"username": f"guess{number}", "password": WRONG}
        forged = {"X-Forwarded-For": f"198.51.100.{number}"}
        app.test_client(use_cookies=False).post("/api/v1/session", json=body, headers=forged)
    assert api(app, "clerk", PASSWORD) == 401


def test_no_name_and_no_address_is_kept(app: Flask, session: Session):
    api(app, "guess-who", WRONG)
    rows = session.scalars(select(Throttle)).all()
    assert len(rows) == 3
    assert {len(row.about) for row in rows} == {HEADER + 16}


def answers(app: Flask, names: list[str]) -> set[bytes]:
    found = set()
    for name in names:
        text = re.sub(r'(csrf-token" content|csrf_token" value)="[^"]+"', "", knock(
            app.test_client(), name, WRONG).text)  # fmt: skip
        found.add(text.replace(name, "NAME").encode())
    return found


def test_unknown_disabled_locked_and_wrong_get_the_same_bytes(
    app: Flask, session: Session, world: World
):
    session.get_one(Account, world.people["sibling"].id).active = False
    session.commit()
    for _ in range(6):
        knock(app.test_client(), "secretary", WRONG)
    names = ["nobody", "sibling", "secretary", "clerk"]
    assert len(answers(app, names)) == 1
    calls = [app.test_client().post("/api/v1/session", json={"username": name, "password": WRONG})
             for name in names]  # fmt: skip
    said = [call.get_json() | {"instance": ""} for call in calls]  # the number of the request
    assert {call.status_code for call in calls} == {401}
    assert all(each == said[0] for each in said)


def test_a_disabled_account_with_the_right_password_is_like_a_wrong_one(
    app: Flask, session: Session, world: World
):
    session.get_one(Account, world.people["sibling"].id).active = False
    session.commit()
    assert api(app, "sibling", PASSWORD) == api(app, "nobody", PASSWORD) == 401


def test_a_name_nobody_has_takes_as_long_as_one_that_somebody_has(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
):
    for kind in throttle.LIMITS:
        monkeypatch.setitem(throttle.LIMITS, kind, 10_000)
    slow = "pbkdf2:sha256:60000"
    app.config["FAB_PASSWORD_HASH_METHOD"] = slow
    gaps = []
    who = session.scalars(select(Account).where(Account.username == "clerk")).one()
    who.password = organizations.hashed(PASSWORD, slow)
    session.commit()
    for _ in range(40):
        taken = {}
        for name in ("nobody", "clerk"):
            begun = time.perf_counter()
            api(app, name, WRONG)
            taken[name] = time.perf_counter() - begun
        gaps.append(taken["clerk"] - taken["nobody"])
    assert abs(median(gaps)) < 0.01


def test_fifty_at_once_get_no_more_than_five_tries(app: Flask, session: Session):
    token_of(app.test_client().get("/sign-in").text)
    with ThreadPoolExecutor(8) as many:
        found = list(many.map(lambda _: api(app, "clerk", WRONG), range(50)))
    assert set(found) == {401}
    tried = select(Entry).where(Entry.act == Act.SIGN_IN_FAILED)
    assert len(session.scalars(tried).all()) == 5


def test_a_lock_is_recorded_and_told_to_the_person(app: Flask, session: Session, world: World):
    for _ in range(5):
        knock(app.test_client(), "clerk", WRONG)
    acts = session.scalars(select(Entry.act)).all()
    assert acts.count(Act.SIGN_IN_FAILED) == 5
    assert acts.count(Act.SESSION_LOCKED) == 1
    told = session.scalars(select(Notice).where(Notice.user_id == world.people["clerk"].id)).all()
    assert [notice.kind for notice in told] == ["security"]
    assert "15 分钟" in told[0].zh
