"""What holds for every call of the API, read from the calls themselves."""

from __future__ import annotations

import inspect
import json
import re
import uuid
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from portal.api import openapi, problems
from portal.api.routes import MODULES, ROUTES

if TYPE_CHECKING:
    from flask import Flask

    from tests.api.conftest import Enter
    from tests.scene import Scene

GUARDED = [route for route in ROUTES if not route.public]
ANY = str(uuid.UUID(int=7))


def address(rule: str, key: str = ANY) -> str:
    return re.sub(r"<uuid:\w+>", key, rule)


def test_every_route_is_in_the_document_and_no_other(app: Flask):
    served = {
        (re.sub(r"<uuid:(\w+)>", r"{\1}", rule.rule.removeprefix("/api/v1")), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.") and rule.endpoint != "api.nothing"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    paths = openapi.document()["paths"]

    assert served == {(path, method) for path, said in paths.items() for method in said
                      if method != "parameters"}  # fmt: skip
    assert len(served) == len(ROUTES)


def test_the_document_says_of_every_call_what_it_does_takes_and_gives():
    document = openapi.document()

    for route in ROUTES:
        path = re.sub(r"<uuid:(\w+)>", r"{\1}", route.rule)
        said = document["paths"][path][route.method.lower()]
        assert said["summary"]
        assert ("requestBody" in said) == (route.takes is not None)
        assert said["security"] == ([] if route.public else [{"token": []}])
    assert document["openapi"].startswith("3.0.")
    assert len(MODULES) == 7


def test_every_reference_of_the_document_leads_somewhere():
    document = openapi.document()
    named = set(re.findall(r"#/components/schemas/([\w.]+)", str(document)))

    assert named <= set(document["components"]["schemas"])
    assert {"Member", "Unit", "Return", "Problem", "UnitPage"} <= named


def test_the_document_is_for_those_who_are_signed_in(app: Flask, enter: Enter):
    assert app.test_client().get("/api/v1/openapi.json").status_code == 401
    assert enter("auditor").get("/openapi.json").json["info"]["title"].startswith("Sicha")


def test_a_stranger_learns_nothing(app: Flask):
    for route in GUARDED:
        where = f"/api/v1{address(route.rule)}"
        answer = app.test_client().open(where, method=route.method, json={})
        assert answer.status_code == 401, where
        assert answer.mimetype == "application/problem+json"


BODIES: dict[str, Any] = {
    "number": [1],
    "null": None,
    "text": "x",
    "nothing": {},
    "list": [],
    "nul": {"a\0": "\0", "version": "x"},
    "half": {"fields": {"\ud800": "\udc00"}},
    "deep": {"fields": {"name": {"a": {"b": 1}}}},
}


@pytest.mark.usefixtures("under_way")
def test_bad_bodies_are_refused_in_words(enter: Enter):
    clerk = enter("clerk")
    taking = [route for route in GUARDED if route.takes is not None]

    for route, (name, body) in product(taking, BODIES.items()):
        answer = clerk.client.open(
            f"/api/v1{address(route.rule)}", method=route.method, data=json.dumps(body),
            content_type="application/json", headers=clerk.headers,
        )  # fmt: skip
        assert answer.status_code == 422, (name, route.rule, answer.text)
        assert answer.json["words"]["zh"]


NO_JSON = (
    (b"{", "application/json"), (b"", "application/json"), (b"\xff\xfe", "application/json"),
    (b"[" * 100_000, "application/json"), (b"{}", "text/plain"),
    (b"9" * 9999, "application/json"), (b'{"version": NaN}', "application/json"),
    (b'{"version": 1e999, "fields": {}}', "application/json"),
)  # fmt: skip


@pytest.mark.usefixtures("under_way")
def test_what_is_no_json_is_refused_in_words(enter: Enter):
    clerk = enter("clerk")

    for sent, kind in NO_JSON:
        answer = clerk.client.patch(
            f"/api/v1/members/{ANY}", data=sent, content_type=kind, headers=clerk.headers
        )
        assert answer.status_code in {400, 422}, (sent[:20], answer.text)
        assert answer.json["type"].startswith("urn:sicha:problem:")


QUERIES: tuple[dict[str, Any], ...] = (
    {"limit": 0}, {"limit": 201}, {"limit": "x"}, {"after": "x"}, {"after": "é"},
    {"after": "W10"}, {"after": "WyJcdTAwMDAiXQ"}, {"after": "bnVsbA"}, {"after": "W251bGxd"},
    {"unit": "x"}, {"campaign": "1"}, {"below": "'"}, {"search": "\0"}, {"filter": "x"},
    {"state": "x"}, {"tie": "x"}, {"surprise": "1"}, {"table": "\0"},
)  # fmt: skip


def test_bad_queries_are_refused_in_words(enter: Enter, under_way: Scene):
    clerk, unit = enter("clerk"), str(under_way.world.units["B1"].id)
    asking = [route for route in GUARDED if route.query is not None]

    for route, query in product(asking, QUERIES):
        needed = {"unit": unit} if route.rule == "/records" else {}
        answer = clerk.get(address(route.rule, unit), **{**needed, **query})
        assert answer.status_code == 422, (route.rule, query, answer.text)


KEYS = ("1", "x", "../../etc", ANY, "00000000-0000-0000-0000-00000000000g")


@pytest.mark.usefixtures("under_way")
def test_what_does_not_exist_is_not_found(enter: Enter):
    clerk = enter("clerk")
    keyed = [route for route in GUARDED if "<uuid" in route.rule and route.method == "GET"]

    for route, key in product(keyed, KEYS):
        query = {"table": "t7"} if "totals" in route.rule else {}
        answer = clerk.get(address(route.rule, key), **query)
        assert answer.status_code == 404, (route.rule, answer.text)
        assert answer.json["type"] == "urn:sicha:problem:not-found"


def test_unknown_addresses_are_answered_in_the_way_of_the_api(app: Flask):
    for method, path in product(
        ("GET", "POST", "PUT", "PATCH", "DELETE"), ("/", "/nothing", "/units/x/y")
    ):
        answer = app.test_client().open(f"/api/v1{path}", method=method)
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


@pytest.mark.usefixtures("under_way")
def test_a_body_above_the_limit_is_refused(app: Flask, enter: Enter):
    clerk = enter("clerk")
    app.config["MAX_CONTENT_LENGTH"] = 100
    answer = clerk.patch(f"/members/{ANY}", version=1, fields={"remark": "x" * 200})

    assert (answer.status_code, answer.json["type"]) == (413, "urn:sicha:problem:too-large")


def test_the_kinds_of_problems_have_names_that_stay():
    assert sorted(kind.slug for kind in problems.ALL) == [
        "away", "invalid", "no-token", "not-allowed", "not-found", "out-of-turn", "overtaken",
        "proof-too-old", "sign-in-failed", "too-large", "unreadable",
    ]  # fmt: skip


def test_a_handler_only_reads_calls_and_answers():
    for route in ROUTES:
        written = inspect.getsource(route.view).partition(":\n")[2]
        assert len(written.splitlines()) <= 18, route.view.__name__


def test_the_handbook_tells_of_every_problem_and_every_address():
    page = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text(encoding="utf-8")

    for kind in problems.ALL:
        assert f"| `{kind.type}` | {kind.status.value} |" in page
    for route in ROUTES:
        last = re.sub(r"<uuid:\w+>", "{id}", route.rule).rpartition("/")[2]
        assert last in page, route.rule
