"""A cookie alone changes nothing, and every cookie is marked so that a browser guards it."""

from __future__ import annotations

import io
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any

import pytest

from portal.app import create_app
from tests.web.clicking import post
from tests.web.conftest import let_go, token_of
from tests.web.test_gate import addresses
from tests.web.world import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from portal.settings import Settings
    from tests.web.conftest import SignIn

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
FOREIGN = {"Origin": "https://evil.example", "Referer": "https://evil.example/"}
pytestmark = pytest.mark.usefixtures("world")


def unsafe(app: Flask) -> list[tuple[str, str]]:
    return [(method, at) for method, at in addresses(app) if method in UNSAFE]


def bodies() -> list[dict[str, Any]]:
    """What a page of somebody else can make a browser send along with the cookie."""
    return [
        {"data": {"active": "0"}},
        {"data": {"file": (io.BytesIO(b"PK"), "x.xlsx")}, "content_type": "multipart/form-data"},
        {"data": b'{"active": false}', "content_type": "text/plain"},
        {"json": {"active": False}},
    ]


@pytest.mark.parametrize("who", ["clerk", "system"])
def test_no_route_takes_a_cookie_for_a_will(app: Flask, sign_in: SignIn, who: str):
    client, taken, tried = sign_in(who), [], 0
    for method, address in unsafe(app):
        for body in bodies():
            tried += 1
            answer = client.open(address, method=method, headers=FOREIGN, **body)
            # A page asks for its token first, a call for one of its own; nothing else is told.
            right = {401, 404} if address.startswith("/api/") else {400, 404, 405}
            if (method, address) == ("POST", "/api/v1/session"):
                right = {400, 422}  # asks for a password, and sets no cookie
            if answer.status_code not in right:
                taken.append((method, address, answer.status_code))
    assert not taken
    assert tried > 300


def test_the_token_of_another_session_is_none(app: Flask, sign_in: SignIn):
    token = token_of(sign_in("other").get("/me").text)
    client, forms = sign_in("clerk"), 0
    for method, address in unsafe(app):
        if not address.startswith("/api/") and method == "POST":
            forms += 1
            assert client.post(address, data={"csrf_token": token}).status_code == 400, address
    assert forms > 40


def test_a_route_that_is_exempt_would_be_seen(app: Flask, sign_in: SignIn):
    app._got_first_request = False
    app.add_url_rule("/open", "open", lambda: "done", methods=["POST"])
    app.extensions["csrf"].exempt(app.view_functions["open"])
    assert ("POST", "/open") in unsafe(app)
    assert sign_in("clerk").post("/open", headers=FOREIGN).status_code == 200


@pytest.fixture
def secure(settings: Settings) -> Iterator[Flask]:
    """The portal as it goes live: by https."""
    app = create_app(settings.model_copy(update={"secure_cookies": True}))
    yield app
    let_go(app)


def faults(answer: TestResponse) -> list[str]:
    """Return what is wrong with the cookies of an answer."""
    found = []
    for header in answer.headers.getlist("Set-Cookie"):
        for name, cookie in SimpleCookie(header).items():
            right = (
                name == "__Host-sicha" and cookie["secure"] and cookie["httponly"]
                and cookie["samesite"] in {"Lax", "Strict"} and cookie["path"] == "/"
                and not cookie["domain"]
            )  # fmt: skip
            found += [] if right else [header]
    return found


def come_in(app: Flask, who: str) -> tuple[FlaskClient, list[TestResponse]]:
    client = app.test_client()
    shown = client.get("/sign-in", base_url="https://localhost")
    form = {"csrf_token": token_of(shown.text), "username": who, "password": PASSWORD}
    taken = client.post("/sign-in", base_url="https://localhost", data=form,
                        headers={"Referer": "https://localhost/sign-in"})  # fmt: skip
    assert taken.status_code == 302
    return client, [shown, taken]


@pytest.mark.parametrize("who", ["clerk", "system"])
def test_every_cookie_of_every_route_is_marked(secure: Flask, who: str):
    client, answers = come_in(secure, who)
    for method, address in addresses(secure):
        if address != "/sign-out":
            answers.append(client.open(address, method=method, base_url="https://localhost"))
    wrong = [fault for answer in answers for fault in faults(answer)]
    assert not wrong
    assert sum("Set-Cookie" in answer.headers for answer in answers) > 20


def test_a_cookie_without_its_marks_would_be_seen(secure: Flask):
    secure.config["SESSION_COOKIE_SECURE"] = False
    shown = secure.test_client().get("/sign-in", base_url="https://localhost")
    assert faults(shown)


def test_the_number_of_the_session_changes_at_sign_in_and_at_a_proof(sign_in: SignIn):
    client, numbers = sign_in("clerk"), []
    for _ in range(2):
        with client.session_transaction() as kept:
            numbers.append(kept["sid"])
        post(client, "/me/prove", "/me/prove", proof_password=PASSWORD)
    with client.session_transaction() as kept:
        numbers.append(kept["sid"])
    assert len(set(numbers)) == 3
