"""Hostile requests at every page and call: nothing breaks, and nothing is told by how it fails."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests import scene as played
from tests.web.conftest import token_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session

    from tests.web.conftest import SignIn
    from tests.web.world import World

GHOST = "00000000-0000-7000-8000-000000000000"
# What somebody may write where a value is expected.
VALUES = (
    "", "0", "-1", "9" * 30, "1e309", "nan", "\0", "a\0b", "%00", "\x1b[31m", "\r\nX-Evil: 1",
    "x\u2028y", "\ud800", "'", '"; DROP TABLE unit; --', "' OR '1'='1", "<script>alert(1)</script>",
    "{{7*7}}", "${7*7}", "../../etc/passwd", "..\\..\\win.ini", "%2e%2e%2f", "/" * 500,
    "long" * 5_000, "2026-99-99", "0000-00-00", "99999-01-01", "é\u0301" * 99, "一" * 3_000,
    "(filters:!((col:name,opr:sw,value:a)))", "!(", "'!!", "[]", "{}", '{"$ne": null}', "null",
    "true", "=1+1", "@SUM(A1)", GHOST, GHOST.upper(), "not-a-uuid", "sicha", "__class__",
)  # fmt: skip
# What pages read, and what other frameworks' pages read.
NAMES = (
    "q", "page", "page_size", "psize_Members", "_oc_Members", "_od_Members", "_flt_0_id", "sort",
    "order", "after", "before", "limit", "unit", "below", "tie", "state", "lang", "next", "act",
    "until", "who", "table", "cell", "round", "version", "step", "kind", "reason", "format",
)  # fmt: skip
_FILE = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="../../\xe5\x90\x8d\x00.xlsx"'
    b"\r\n\r\nPK\r\n--x--"
)
BODIES = (
    ("application/json", b"{"),
    ("application/json", b"[" * 100_000),
    ("application/json", b'{"a": 1e999, "a": NaN}'),
    ("application/json", b"\xff\xfe\x00"),
    ("application/x-www-form-urlencoded", b"a=%ff%00&=&&;a=1"),
    ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(2_000))),
    ("multipart/form-data", b"no boundary"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n"),
    ("multipart/form-data; boundary=x", _FILE),
    ("application/x-unheard-of; charset=utf-99", b"\x00"),
    ("", b"x"),
)  # fmt: skip
HEADERS = (
    {"If-Match": 'W/"' + "9" * 400}, {"Range": "bytes=-1,-2,5-1"},
    {"Accept-Language": "x" * 9_000},
    {"Accept-Language": "zh;q=nan, *;q=-1"}, {"Cookie": "sicha=" + "e30." * 500},
    {"Cookie": "sicha=\x01; =;;"}, {"Authorization": "Bearer"}, {"Authorization": "Basic ===="},
    {"Authorization": "Bearer a.b.c"}, {"HX-Request": "true", "HX-Target": "<x>"},
    {"X-HTTP-Method-Override": "DELETE"}, {"Content-Encoding": "gzip"}, {"Expect": "x"},
    {"If-Modified-Since": "tomorrow"}, {"Transfer-Encoding": "x"}, {"Referer": "\xff"},
)  # fmt: skip
PATHS = (
    "//evil.example", "/%2e%2e/%2e%2e/etc/passwd", "/static/../portal.db", "/static/%2e%2e/app.py",
    "/static/..%5c..%5capp.py", "/static/%00", "/%00", "/\u2028", "/units/%0d%0aX-Evil:%201",
    "/" + "a" * 9_000, "/sign-in/", "/SIGN-IN", "/units;x=1", "/units/..;/users", "/.git/config",
    "/.env", "/api/v1/../v1/units", "/api/v1/units/%ff", "/api", "/login/", "/logout/",
    "/download/portal.db", "/uploads/x", "/api/v1/security/login", "/users/list/", "/metrics/..",
)  # fmt: skip


@pytest.fixture
def people(session: Session, world: World) -> World:
    """A tenant with a campaign in it."""
    played.screen(session, played.build(session, world))
    return world


def addresses(app: Flask, method: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every address that takes `method`, with something in the place of each part."""
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or ()) and rule.endpoint != "static":
            yield rule.rule, rule._converters


def filled(rule: str, value: str) -> str:
    return re.sub(r"<[^>]+>", lambda _: value.replace("/", "%2F") or "x", rule)


def faults(answer: Any, what: object) -> list[str]:
    """Return what is wrong with an answer to something hostile."""
    text = answer.get_data(as_text=True)
    told = [word for word in ("Traceback", "sqlalchemy", "SELECT ", "Werkzeug/", "/site-packages/")
            if word in text]  # fmt: skip
    if answer.status_code >= 500:
        told.append(str(answer.status_code))
    if "X-Evil" in answer.headers or "evil.example" in answer.headers.get("Location", ""):
        told.append("a header of theirs")
    if "<script>alert(1)" in text:
        told.append("a script of theirs")
    return [f"{what!r:.200}: {each}" for each in told]


def ask(client: FlaskClient, method: str, address: str, **more: Any) -> list[str]:
    try:
        with client.open(address, method=method, **more) as answer:
            return faults(answer, (method, address, more))
    except UnicodeEncodeError:  # no client can put half a character on the wire
        return []


@pytest.mark.parametrize("who", ["clerk", "system", ""])
def test_no_value_in_an_address_breaks_a_page(app: Flask, sign_in: SignIn, people: World, who: str):
    assert people
    client = sign_in(who) if who else app.test_client()
    wrong: list[str] = []
    for number, (rule, converters) in enumerate(addresses(app, "GET")):
        mine = VALUES[number % 7 :: 7]
        for value in mine if converters else ():
            wrong += ask(client, "GET", filled(rule, value))
        for at, value in enumerate(mine):
            name = NAMES[(number + at) % len(NAMES)]
            wrong += ask(client, "GET", filled(rule, GHOST), query_string={name: value})
    assert not wrong


@pytest.mark.parametrize("listed", ["/members", "/roster", "/screening", "/lost", "/search",
                                    "/users", "/units", "/audit", "/status", "/board"])  # fmt: skip
def test_no_value_of_any_name_breaks_a_list(sign_in: SignIn, people: World, listed: str):
    assert people
    wrong: list[str] = []
    for who in ("clerk", "system", "auditor", "city"):
        client = sign_in(who)
        if client.get(listed).status_code == 404:
            continue
        for number, value in enumerate(VALUES):
            query = dict.fromkeys(NAMES[number % 3 :: 3], value)
            wrong += ask(client, "GET", listed, query_string=query)
    assert not wrong


@pytest.mark.parametrize("who", ["clerk", "system"])
def test_no_body_breaks_a_form_or_a_call(app: Flask, sign_in: SignIn, people: World, who: str):
    assert people
    client = sign_in(who)
    token = token_of(client.get("/help").text)
    wrong: list[str] = []
    for method in ("POST", "PATCH", "PUT", "DELETE"):
        for rule, _ in addresses(app, method):
            if rule == "/sign-out":
                continue
            for kind, data in BODIES:
                wrong += ask(client, method, filled(rule, GHOST), data=data, content_type=kind,
                             headers={"X-CSRFToken": token})  # fmt: skip
    assert not wrong


@pytest.mark.parametrize("who", ["clerk", "system", "city"])
def test_no_field_breaks_a_form(app: Flask, sign_in: SignIn, people: World, who: str):
    assert people
    client = sign_in(who)
    token = token_of(client.get("/help").text)
    wrong: list[str] = []
    for number, (rule, _) in enumerate(addresses(app, "POST")):
        if rule in {"/sign-out", "/me/password"} or "/api/" in rule:
            continue
        for value in VALUES[number % 5 :: 5]:
            form = dict.fromkeys((*NAMES, "name", "phone", "role", "on", "code"), value)
            wrong += ask(client, "POST", filled(rule, GHOST), data={**form, "csrf_token": token})
    assert not wrong


@pytest.mark.parametrize("headers", HEADERS, ids=str)
def test_no_header_breaks_a_page_or_a_call(sign_in: SignIn, headers: dict[str, str]):
    client = sign_in("clerk")
    for address in ("/me", "/sign-in", "/api/v1/units", "/health", "/static/css/sicha.css", "/no"):
        assert not ask(client, "GET", address, headers=headers)


@pytest.mark.parametrize("address", PATHS)
def test_no_trick_in_a_path_finds_anything(sign_in: SignIn, address: str):
    client = sign_in("system")
    with client.get(address) as answer:
        assert not faults(answer, address)
        assert answer.status_code in {200, 302, 308, 400, 401, 404, 405}
        if answer.status_code == 200:
            assert address in {"/sign-in/", "/units/..;/users"}, address


def test_out_of_reach_and_not_there_are_answered_alike(sign_in: SignIn, people: World):
    client = sign_in("sibling")
    other = people.units["B1"].id

    def bare(address: str, key: str) -> tuple[int, str]:
        answer = client.get(address)
        text = answer.text.replace(answer.headers["X-Request-ID"], "").replace(key, "")
        return answer.status_code, re.sub(r'"[\w.-]{60,}"|\d\d:\d\d', "", text)

    for rule in ("/units/{}", "/board?unit={}", "/roster?unit={}", "/status?unit={}"):
        there, none = bare(rule.format(other), str(other)), bare(rule.format(GHOST), GHOST)
        assert there == none, rule
