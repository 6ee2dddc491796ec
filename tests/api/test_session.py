from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal import access
from portal.api import edge, problems
from portal.audit import Act, Entry
from portal.core import clock
from portal.core.database import transaction
from portal.organizations import service as organizations
from portal.organizations.models import Account
from tests.web.conftest import token_of
from tests.web.world import PASSWORD

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

    from tests.api.conftest import Enter
    from tests.scene import Scene

SESSION = "/api/v1/session"

pytestmark = pytest.mark.usefixtures("under_way")


def test_a_name_and_a_password_give_a_token_for_a_quarter_of_an_hour(app: Flask):
    answer = app.test_client().post(SESSION, json={"username": " Clerk", "password": PASSWORD})

    assert answer.status_code == 201
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 900)
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "sent",
    [
        {"username": "clerk", "password": "wrong"},
        {"username": "nobody", "password": PASSWORD},
        {"username": "clerk", "password": ""},
    ],
)
def test_every_wrong_pair_is_refused_in_the_same_words(app: Flask, sent: dict[str, str]):
    answer = app.test_client().post(SESSION, json=sent)

    assert answer.status_code == 401
    assert answer.json["type"] == "urn:sicha:problem:sign-in-failed"
    assert "用户名或密码不对" in answer.json["detail"]


def test_attempts_are_logged(session: Session, app: Flask):
    for password in ("wrong", PASSWORD):
        app.test_client().post(SESSION, json={"username": "clerk", "password": password})

    acts = set(session.scalars(select(Entry.act).where(Entry.act.startswith("session:"))))
    assert acts == {Act.SIGN_IN, Act.SIGN_IN_FAILED}


def test_who_must_choose_a_password_gets_no_token(session: Session, app: Flask, under_way: Scene):
    with transaction(session):
        session.get_one(Account, under_way.world.people["clerk"].id).must_change = True

    answer = app.test_client().post(SESSION, json={"username": "clerk", "password": PASSWORD})
    assert (answer.status_code, answer.json["type"]) == (409, "urn:sicha:problem:out-of-turn")


@pytest.mark.parametrize("act", ["disable_account", "reset_password"])
def test_a_token_ends_with_the_password_or_the_account(
    session: Session, under_way: Scene, enter: Enter, act: str
):
    clerk = enter("clerk")
    assert clerk.get("/members").status_code == 200
    with transaction(session):
        verb = getattr(organizations, act)
        verb(session, access.operator(1), under_way.world.people["clerk"].id)

    answer = clerk.get("/members")
    assert answer.status_code == 401
    assert answer.json["type"] == "urn:sicha:problem:no-token"


def test_a_token_grows_old(app: Flask, enter: Enter):
    app.config["JWT_ACCESS_TOKEN_EXPIRES"] = timedelta(seconds=-1)

    assert enter("clerk").get("/members").status_code == 401


def test_a_post_taken_away_takes_effect_at_once(session: Session, under_way: Scene, enter: Enter):
    clerk = enter("clerk")
    with transaction(session):
        person = under_way.actor(session, "clerk")
        post = organizations.posts_of(session, person)[0]
        organizations.dismiss(session, access.operator(1), post.appointment_id)

    assert clerk.get("/members").status_code == 401


def test_a_cookie_alone_opens_nothing(app: Flask):
    browser = app.test_client()
    token = token_of(browser.get("/sign-in").text)
    form = {"username": "clerk", "password": PASSWORD, "csrf_token": token}
    assert browser.post("/sign-in", data=form).status_code == 302
    assert browser.get("/me").status_code == 200

    for method, address in (("GET", "/api/v1/members"), ("POST", "/api/v1/members"),
                            ("GET", "/api/v1/openapi.json")):  # fmt: skip
        answer = browser.open(address, method=method, json={} if method == "POST" else None)
        assert answer.status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x.y.z", "Basic YTpi", "Bearer é"])
def test_what_is_no_token_is_told_so(app: Flask, header: str):
    answer = app.test_client().get("/api/v1/units", headers={"Authorization": header})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json["words"]["zh"].startswith("没有令牌")


def test_the_keys_of_tokens_and_of_sessions_differ(app: Flask):
    assert app.config["JWT_SECRET_KEY"] != app.config["SECRET_KEY"]


def test_a_token_ends_when_its_session_is_ended(enter: Enter):
    clerk = enter("clerk")
    assert clerk.send("DELETE", "/session").status_code == 204
    assert clerk.get("/members").status_code == 401


def test_a_sensitive_call_wants_a_token_got_just_now(app: Flask, enter: Enter):
    plain = next(route for route in edge.ROUTES if route.rule == "/units")
    sensitive = replace(plain, fresh=True)
    clerk = enter("clerk")
    for minutes, refused in ((5, False), (6, True)):
        later = clock.now() + timedelta(minutes=minutes, seconds=-1)
        with app.test_request_context(headers=clerk.headers), clock.pinned(later):
            if refused:
                with pytest.raises(problems.ProofTooOld):
                    edge._call(sensitive, {})
            else:
                assert edge._call(sensitive, {}).status_code == 200
