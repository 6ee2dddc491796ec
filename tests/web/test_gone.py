"""Who was purged, and whose branch moved away, are answered like somebody who never was."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import select

from portal import access
from portal.core.database import transaction
from portal.organizations import service as organizations
from portal.organizations.models import Unit
from portal.privacy import purging
from portal.screening.models import Record
from tests import scene as played
from tests.web.test_gate import GHOST
from tests.web.world import PEOPLE

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session

    from tests.scene import Scene
    from tests.web.conftest import SignIn
    from tests.web.world import World

OPERATOR = access.operator(1)
# Who had to do with a branch of H1 before it went to H2.
LEFT_BEHIND = ("organiser", "committee")


@pytest.fixture
def stage(session: Session, world: World) -> Scene:
    """A campaign that is searched."""
    made = played.build(session, world)
    played.screen(session, made)
    session.commit()
    return made


def rules(app: Flask, *parts: str) -> list[str]:
    """Return every page that is about a person or a record, and about nothing else."""
    wanted = [f"<uuid:{part}>" for part in parts]
    return sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and any(part in rule.rule for part in wanted)
        and not rule.rule.startswith("/api/")
    )  # fmt: skip


def answer(client: FlaskClient, rule: str, ids: dict[str, object]) -> tuple[int, str]:
    def fill(part: re.Match[str]) -> str:
        return str(ids.get(part[1], "phone" if part[1] == "field" else GHOST))

    address = re.sub(r"<(?:\w+:)?(\w+)>", fill, rule)
    said = client.get(address)
    text = re.sub(r'(content|value|href|action)="[^"]*"|[0-9a-f-]{36}', "", said.text)
    return said.status_code, text


def told_apart(app: Flask, client: FlaskClient, ids: dict[str, object]) -> list[str]:
    """Return the pages on which an object and one that never was are not answered alike."""
    nobody = dict.fromkeys(ids, uuid4())
    asked = rules(app, *ids)
    assert len(asked) > 5
    return [
        rule for rule in asked if answer(client, rule, ids) != answer(client, rule, nobody)
    ]  # fmt: skip


def of_branch(session: Session, stage: Scene, code: str) -> dict[str, object]:
    name = next(name for name, each in stage.members.items() if each.path == stage.path(code))
    member = stage.members[name].id
    record = session.scalars(select(Record.id).where(Record.member_id == member)).one()
    session.rollback()
    return {"member_id": member, "record_id": record}


@pytest.mark.parametrize("who", ["clerk", "secretary", "organiser", "city", "safety", "auditor"])
def test_nobody_can_tell_who_was_purged_from_who_never_was(
    app: Flask, session: Session, sign_in: SignIn, stage: Scene, who: str
):
    assert who in {each for each, *_ in PEOPLE}
    ids, client = of_branch(session, stage, "B1"), sign_in(who)
    if who in {"clerk", "secretary"}:
        assert told_apart(app, client, ids)  # while the person is there, their own can
    with transaction(session):
        purging.bury(session, OPERATOR, uuid4(), date(2026, 11, 25), ids["member_id"])
    assert told_apart(app, client, ids) == []


@pytest.mark.parametrize("who", LEFT_BEHIND)
def test_a_branch_that_moved_away_is_gone_for_whom_it_left(
    app: Flask, session: Session, sign_in: SignIn, stage: Scene, who: str
):
    ids, client = of_branch(session, stage, "B1"), sign_in(who)
    assert told_apart(app, client, ids)
    with transaction(session):
        units = {unit.code: unit for unit in session.scalars(select(Unit))}
        organizations.move_unit(session, OPERATOR, units["B1"], units["H2"])
    assert told_apart(app, client, ids) == []
    assert told_apart(app, sign_in("other"), ids)
