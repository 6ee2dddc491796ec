"""Whatever else a form or a call carries, it changes what it is for and nothing beside (I4)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.tables import Model
from tests import scene as played
from tests.web.conftest import token_of
from tests.web.test_gate import GHOST
from tests.web.world import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from sqlalchemy.orm import Session

    from tests.scene import Scene
    from tests.web.conftest import SignIn

COLUMNS = sorted({column.name for table in Model.metadata.tables.values()
                  for column in table.columns})  # fmt: skip
# What stays as it is in every row that is there, whoever sends what.
FIXED = {"tenant_id", "id", "path", "user_id", "member_id", "record_id", "campaign_id",
         "unit_id", "by", "username", "password", "session_version", "must_change",
         "tie", "role", "number", "hash", "seed_sealed", "token"}  # fmt: skip
# Written beside every act, each by its own rule and never from what was sent.
BESIDE = {"audit_entry", "audit_head", "sign_in", "throttle", "once", "notice", "subtotal"}
LEFT_OUT = {"/sign-out", "/me/password", "/sign-in", "/sign-in/code"}


@pytest.fixture
def people(session: Session, world: Any) -> Scene:
    """A campaign that is searched, in two districts."""
    made = played.build(session, world)
    played.screen(session, made)
    session.commit()
    return made


def rows(session: Session) -> dict[tuple[str, str], dict[str, Any]]:
    """Return every row there is, but those written beside every act."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for table in Model.metadata.sorted_tables:
        if "id" not in table.columns or table.name in BESIDE:
            continue
        for row in session.execute(select(table)).mappings():
            found[table.name, str(row["id"])] = dict(row)
    session.rollback()
    return found


def within(row: dict[str, Any], place: str, who: int) -> bool:
    """Tell whether a row lies in somebody's place, or is about themselves."""
    if "path" in row:
        return str(row["path"]).startswith(place)
    return row.get("user_id", row["id"]) == who or "user_id" not in row


def strayed(before: dict[Any, Any], after: dict[Any, Any], place: str, who: int) -> Iterator[str]:
    """Yield what changed that may not."""
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        if not all(within(each, place, who) for each in (old, new) if each):
            yield f"{key} lies outside"
        elif new and new.get("tenant_id", 1) != 1:
            yield f"{key} is another tenant's"
        elif old and new:
            yield from (f"{key}.{name}" for name in FIXED & old.keys() if old[name] != new[name])


def targets(app: Flask, session: Session, place: str, who: int) -> list[tuple[str, str]]:
    """Return every address that takes something, with what lies in the place and is one's own."""
    ids = {"user_id": str(who)}
    for table in Model.metadata.sorted_tables:
        if {"path", "id"} <= set(table.columns.keys()):
            at = select(table.c.id).where(table.c.path.startswith(place)).order_by(table.c.id)
            found = session.scalars(at).first()
            ids[f"{table.name}_id"] = str(found or GHOST)
    session.rollback()
    return [
        (method, re.sub(r"<(?:\w+:)?(\w+)>", lambda part: ids.get(part[1], GHOST), rule.rule))
        for rule in app.url_map.iter_rules()
        for method in sorted(set(rule.methods or ()) & {"POST", "PUT", "PATCH", "DELETE"})
        if rule.rule not in LEFT_OUT and rule.rule != "/api/v1/session"
    ]


@pytest.mark.parametrize(("who", "unit"), [("clerk", "B1"), ("organiser", "H1")])
def test_fields_that_are_none_of_its_business_change_nothing(
    app: Flask, session: Session, sign_in: SignIn, people: Scene, who: str, unit: str
):
    place, account = people.path(unit), people.world.people[who].id
    foreign = (people.path("D2"), str(people.world.units["B3"].id), str(account + 1), "2", "0",
               "true", "system_admin", "accepted", "left", GHOST, "2026-11-25")  # fmt: skip
    client = sign_in(who)
    token = token_of(client.get("/help").text)
    answer = app.test_client().post("/api/v1/session", json={"username": who, "password": PASSWORD})
    bearer = {"Authorization": f"Bearer {answer.json['access_token']}"}
    caller = app.test_client(use_cookies=False)
    doors = targets(app, session, place, account)
    assert len(doors) > 90

    @settings(max_examples=3, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.dictionaries(st.sampled_from(COLUMNS), st.sampled_from(foreign), min_size=8))
    def holds(form: dict[str, str]) -> None:
        before, broken = rows(session), []
        for method, address in doors:
            if address.startswith("/api/"):
                said = caller.open(address, method=method, json=form, headers=bearer)
            else:
                said = client.open(address, method=method, data={"csrf_token": token, **form})
            broken += [(address, said.status_code)] if said.status_code >= 500 else []
        assert not broken
        assert list(strayed(before, rows(session), place, account)) == []

    holds()


def test_a_row_that_strays_would_be_seen(session: Session, people: Scene):
    before = rows(session)
    key = next(key for key in before if key[0] == "member")
    place = str(before[key]["path"])
    for change in ({"path": "/9/"}, {"tenant_id": 2}, {"tie": "left"}):
        assert list(strayed(before, before | {key: before[key] | change}, place, 0))
    assert people
