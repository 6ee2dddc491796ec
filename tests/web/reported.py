"""A small campaign in which reports can be handed up: more hands, and what they do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from portal.access import Role
from portal.core import clock
from portal.core.database import transaction
from portal.reporting import service as reporting
from tests import scene as played
from tests.web import world as made
from tests.web.conftest import token_of

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session
    from werkzeug.test import TestResponse

    from tests.scene import Scene
    from tests.web.world import World

# who, name, code of the unit, role
HANDS = (
    ("general", "胡明", "G1", Role.ORGANISER),
    ("chief", "徐海", "G1", Role.SECRETARY),
    ("third", "郭平", "B3", Role.SECRETARY),
    ("thirdclerk", "严红", "B3", Role.CLERK),
    ("second", "邵华", "B2", Role.SECRETARY),
)


def build(session: Session, world: World) -> Scene:
    """Open the campaign, add the hands that are missing, and screen the members of B1 and B3."""
    for who, name, code, role in HANDS:
        world.people[who] = made.account(session, 1, who, name)
        made.appoint(session, world.people[who], world.units[code], role)
    session.commit()
    scene = played.build(session, world)
    played.screen(session, scene)
    played.screen(session, scene, "thirdclerk", "B3")
    return scene


def send_back(session: Session, scene: Scene, who: str, code: str, place: str) -> None:
    """Let a reviewer return what a unit has filed, with one remark on a cell."""
    with clock.pinned(played.AT), transaction(session):
        actor, item = scene.actor(session, who), scene.owed(session, who, code)
        reporting.take_up(session, actor, item.id, version=item.version)
        note = reporting.Note("失联合计与台账不一致。", place.partition(":")[0], place, "error")
        reporting.send_back(session, actor, item.id, [note], version=item.version)


def post(client: FlaskClient, to: str, page: str, /, **form: object) -> TestResponse:
    """Send a form with the token of the page it stands on."""
    return client.post(to, data={"csrf_token": token_of(page), **form})


def version_in(page: str) -> str:
    """Return the version that the forms of a page carry."""
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found is not None
    return found[1]
