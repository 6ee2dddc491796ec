"""The gate: whose word is taken about who asks, what every answer carries, what is logged."""

from __future__ import annotations

import io
import json
import logging
import uuid
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from flask import request

from portal.app import create_app
from portal.core import logs
from portal.web import security
from tests import scene as played
from tests.web.clicking import post
from tests.web.conftest import let_go

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session
    from werkzeug.datastructures import Headers

    from portal.settings import Settings
    from tests.web.conftest import SignIn
    from tests.web.world import World

ALWAYS = {**security.HEADERS}
Making = "Callable[..., FlaskClient]"


@pytest.fixture
def made(settings: Settings) -> Iterator[Callable[..., Flask]]:
    """A function that makes the application with other settings."""
    apps: list[Flask] = []

    def make(**other: Any) -> Flask:
        app = create_app(settings.model_copy(update=other))
        app.add_url_rule("/who", "who", lambda: f"{request.remote_addr} {request.scheme}")
        apps.append(app)
        return app

    yield make
    for app in apps:
        let_go(app)


def faults(headers: Headers, *, file: bool = False, secure: bool = False) -> list[str]:
    """Return which guarding headers an answer lacks or has twice."""
    found = [name for name, value in ALWAYS.items() if headers.getlist(name) != [value]]
    if secure and "max-age=31536000" not in headers.get("Strict-Transport-Security", ""):
        found.append("Strict-Transport-Security")
    if not file and headers.getlist("Cache-Control") != ["no-store"]:
        found.append("Cache-Control")
    if not file and "cookie" not in headers.get("Vary", "").lower():
        found.append("Vary")
    if len(headers.getlist("X-Request-ID")) != 1:
        found.append("X-Request-ID")
    for cookie in headers.getlist("Set-Cookie"):
        marks = ["HttpOnly", "SameSite=Lax", *(["Secure"] if secure else [])]
        found += [f"{mark} of a cookie" for mark in marks if mark not in cookie]
    return found


def test_the_policy_lets_nothing_inline_and_nobody_else_in():
    rules = dict(part.strip().split(" ", 1) for part in security.POLICY.split(";"))
    assert rules["default-src"] == "'self'"
    assert {rules[name] for name in ("object-src", "base-uri", "frame-ancestors")} == {"'none'"}
    assert "unsafe" not in security.POLICY
    assert "*" not in security.POLICY
    assert not {"script-src", "style-src", "connect-src"} & set(rules)


GHOST = "00000000-0000-7000-8000-000000000000"


def addresses(app: Flask) -> Iterator[tuple[str, str]]:
    for rule in app.url_map.iter_rules():
        filled = {}
        for name, converter in rule._converters.items():
            known = sorted(getattr(converter, "items", ()))
            filled[name] = known[0] if known else 0 if hasattr(converter, "num_convert") else GHOST
        for method in sorted(rule.methods or ()):
            built = rule.build({**(rule.defaults or {}), **filled}, append_unknown=False)
            if built is None:
                built = ("", rule.rule.split("<")[0] + GHOST)
            yield method, built[1]


@pytest.mark.parametrize("who", ["", "clerk", "system"])
def test_no_answer_of_any_route_lacks_a_guarding_header(app: Flask, sign_in: SignIn, who: str):
    client = sign_in(who) if who else app.test_client()
    wrong, asked = [], 0
    for method, address in addresses(app):
        with client.open(address, method=method) as answer:
            asked += 1
            wrong += [f"{method} {address}: {fault}" for fault in faults(answer.headers)]
            assert answer.status_code < 500, address
    assert not wrong
    assert asked > 200


@pytest.mark.usefixtures("world")
def test_files_errors_and_redirects_carry_them_too(made: Callable[..., Flask]):
    client = made(secure_cookies=True).test_client()
    for address in ("/", "/no-such-page", "/api/v1/none", "/static/none.css", "/sign-in"):
        assert not faults(client.get(address).headers, secure=True), address
    with client.get("/static/css/sicha.css") as answer:
        assert not faults(answer.headers, file=True, secure=True)
    assert not faults(client.post("/sign-in").headers, secure=True)


@pytest.mark.usefixtures("world")
def test_what_breaks_carries_them_too(made: Callable[..., Flask]):
    app = made()
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.view_functions["who"] = lambda: 1 / 0
    answer = app.test_client().get("/who")
    assert answer.status_code == 500
    assert not faults(answer.headers)


def test_a_lint_that_finds_nothing_would_be_seen(app: Flask):
    headers = app.test_client().get("/sign-in").headers
    for name in (*ALWAYS, "Cache-Control", "Vary", "X-Request-ID"):
        less = headers.copy()
        del less[name]
        assert faults(less) == [name]


def test_signing_out_clears_the_browser_and_nothing_else_does(sign_in: SignIn):
    client = sign_in("clerk")
    assert "Clear-Site-Data" not in client.get("/me").headers
    assert "Clear-Site-Data" not in client.post("/sign-out").headers  # without its token
    assert post(client, "/sign-out").headers["Clear-Site-Data"] == '"cookies", "storage"'


def test_every_form_is_refused_without_its_token_before_anything_else(app: Flask, sign_in: SignIn):
    client = sign_in("system")
    forms = [at for method, at in addresses(app) if method == "POST" and "/api/" not in at]
    taken = {at: client.post(at).status_code for at in forms}
    assert {at: status for at, status in taken.items() if status != 400} == {}
    assert len(forms) > 40


SPOOFED = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https",
           "X-Request-ID": "from-the-proxy-1"}  # fmt: skip


def ask(client: FlaskClient, peer: str, **headers: str) -> Any:
    return client.get("/who", headers=headers, environ_base={"REMOTE_ADDR": peer})


def test_only_a_proxy_of_ours_tells_who_asked(made: Callable[..., Flask]):
    client = made(trusted_proxies=("192.0.2.7/32",)).test_client()
    assert ask(client, "192.0.2.7", **SPOOFED).text == "203.0.113.9 https"
    assert ask(client, "192.0.2.8", **SPOOFED).text == "192.0.2.8 http"
    two = {**SPOOFED, "X-Forwarded-For": "198.51.100.1, 203.0.113.9"}
    assert ask(client, "192.0.2.7", **two).text == "203.0.113.9 https"
    assert ask(made().test_client(), "127.0.0.1", **SPOOFED).text == "127.0.0.1 http"


def test_only_a_proxy_of_ours_gives_a_request_its_number(made: Callable[..., Flask]):
    client = made(trusted_proxies=("192.0.2.7",)).test_client()
    assert ask(client, "192.0.2.7", **SPOOFED).headers["X-Request-ID"] == "from-the-proxy-1"
    for peer, number in (("192.0.2.8", "from-the-proxy-1"), ("192.0.2.7", "a b"),
                         ("192.0.2.7", "x" * 65), ("192.0.2.7", "short")):  # fmt: skip
        given = ask(client, peer, **{"X-Request-ID": number}).headers["X-Request-ID"]
        assert uuid.UUID(given).version == 7


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("sicha.example", 200),
        ("SICHA.example:8443", 200),
        ("sicha.example.", 200),
        ("evil.example", 421),
        ("sicha.example.evil.example", 421),
        ("sicha.example@evil.example", 421),
        ("sicha.example:80:80", 421),
        ("localhost", 421),
        ("sicha.example/x", 421),
    ],
)
def test_the_portal_answers_to_its_own_names_only(
    made: Callable[..., Flask], host: str, status: int
):
    client = made(hosts=("sicha.example",)).test_client()
    answer = ask(client, "198.51.100.3", Host=host)
    assert answer.status_code == status
    assert not faults(answer.headers)
    assert host not in answer.text


def test_a_program_of_this_machine_may_call_it_localhost(made: Callable[..., Flask]):
    client = made(hosts=("sicha.example",)).test_client()
    assert ask(client, "127.0.0.1", Host="localhost:8000").status_code == 200
    passed_on = {"Host": "localhost", "X-Forwarded-For": "198.51.100.3"}
    assert ask(client, "127.0.0.1", **passed_on).status_code == 421


def test_a_refusal_names_its_request_on_the_page_and_in_the_api(sign_in: SignIn):
    client = sign_in("clerk")
    page, call = client.get("/no-such-page"), client.get("/api/v1/none")
    assert page.headers["X-Request-ID"] in page.text
    assert call.json is not None
    assert call.json["instance"] == f"urn:sicha:request:{call.headers['X-Request-ID']}"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the portal writes to its log, as it stands in production."""
    stream, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter("json"))
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)
    structlog.contextvars.clear_contextvars()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_every_request_leaves_one_line_with_its_number(sign_in: SignIn, written: io.StringIO):
    answer = sign_in("clerk").get("/me?secret=1")
    told = [line for line in lines(written) if line["event"] == "answered"][-1]
    assert told["request"] == answer.headers["X-Request-ID"]
    assert (told["method"], told["route"], told["status"]) == ("GET", "/me", 200)
    assert {"at", "level", "logger", "ms"} <= set(told)


def test_an_error_is_logged_by_its_kind_and_place_and_without_its_words(
    app: Flask, written: io.StringIO
):
    def broken() -> str:
        try:
            int("张三 990101198703100014")
        except ValueError as error:
            raise RuntimeError("13900000001") from error

    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.add_url_rule("/broken", "broken", broken)
    answer = app.test_client().get("/broken")
    told = [line for line in lines(written) if line["level"] == "error"]
    assert [line["request"] for line in told] == [answer.headers["X-Request-ID"]]
    assert told[0]["error"] == "builtins.RuntimeError < builtins.ValueError"
    assert told[0]["through"][-1].endswith(" broken")
    assert not any(word in written.getvalue() for word in ("9901", "1390", "\\u5f20"))


def test_what_other_packages_fill_into_their_sentences_is_left_out(written: io.StringIO):
    other = logging.getLogger("flask_appbuilder.security")
    other.warning("Login Failed for user: %s", "zhangsan")
    other.warning(f"Login Failed for user: {'zhang' + 'san'}")
    logging.getLogger("portal.jobs").info("%s jobs", 3)
    told = [line["event"] for line in lines(written)]
    assert told[0] == "Login Failed for user: %s"
    assert told[1].startswith("test_gate:")
    assert told[2] == "3 jobs"


def test_a_line_of_the_log_is_one_line_whatever_is_in_it(written: io.StringIO):
    logging.getLogger("portal").info("a\r\nb\u2028c\x1b[31m")
    assert written.getvalue().count("\n") == 1
    assert written.getvalue().isascii()
    assert "\x1b" not in written.getvalue()


SEARCHED = "丁二甲"


def test_pages_with_people_on_them_leave_no_name_in_the_log(
    session: Session, world: World, sign_in: SignIn, written: io.StringIO
):
    played.screen(session, played.build(session, world))
    client = sign_in("clerk")
    shown = ""
    for address in (f"/roster?q={SEARCHED}", f"/search?q={SEARCHED}", "/lost", "/screening",
                    f"/{SEARCHED}", f"/units/{SEARCHED}", "/work"):  # fmt: skip
        shown += client.get(address, follow_redirects=True).text
    post(client, "/members/new", name=SEARCHED, phone="13900000001")
    assert SEARCHED in shown
    text = "".join(json.dumps(line, ensure_ascii=False) for line in lines(written))
    assert len(lines(written)) > 7
    for word in (SEARCHED, "%E4%B8%81", "13900000001", "clerk", "q="):
        assert word not in text
