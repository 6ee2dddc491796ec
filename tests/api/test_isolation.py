"""Every address of the API, asked by everybody, about everything: canaries stay where they are."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from portal.api.routes import ROUTES
from portal.reporting.models import Return
from portal.screening.models import Record
from tests import scene

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from tests.api.conftest import Caller, Enter
    from tests.scene import Scene

# who may read the names of which branches
READS = {
    "clerk": {"B1"},
    "secretary": {"B1"},
    "sibling": {"B2"},
    "organiser": {"B1", "B2", "B3"},
    "committee": {"B1", "B2", "B3"},
    "other": set(),
    "reviewer": set(),
    "leader": set(),
    "inspector": set(),
    "city": set(),
    "sector": set(),
    "system": set(),
    "safety": set(),
    "auditor": set(),
}
BRANCHES = ("B1", "B2", "B3")


@pytest.fixture
def filled(session: Session, under_way: Scene) -> dict[str, list[str]]:
    """The ids of everything there is, by the name that routes give them."""
    scene.file(session, under_way)
    keys = {
        "unit_id": [str(unit.id) for unit in under_way.world.units.values()],
        "member_id": [str(member.id) for member in under_way.members.values()],
        "record_id": [str(key) for key in session.scalars(select(Record.id))],
        "return_id": [str(key) for key in session.scalars(select(Return.id))],
        "campaign_id": [str(under_way.campaign.id)],
    }
    session.rollback()
    return keys


def addresses(keys: dict[str, list[str]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every address that can be read, with every id and every unit in the query."""
    for route in (route for route in ROUTES if route.method == "GET"):
        name = next(iter(re.findall(r"<uuid:(\w+)>", route.rule)), "")
        for key in keys.get(name, [""]):
            where = re.sub(r"<uuid:\w+>", key, route.rule)
            if route.rule == "/records":
                yield from ((where, {"unit": unit, "limit": 200}) for unit in keys["unit_id"])
            elif "totals" in route.rule:
                yield where, {"table": "t7"}
            else:
                yield where, {}
                yield where, {"limit": 200}


def leaks(text: str, may: set[str]) -> list[str]:
    """Return what stands in `text` that a reader of the branches `may` must not see."""
    canaries = [scene.canary(code) for code in BRANCHES if code not in may]
    names = [name for code, name, _, _ in scene.CAST if code not in may]
    numbers = [scene.id_number(at) for at in range(len(scene.CAST))]
    phones = [f"139{at:08d}" for at in range(len(scene.CAST))]
    return [each for each in (*canaries, *names, *numbers, *phones, "某路1号") if each in text]


def spelled(caller: Caller, where: str, query: dict[str, Any]) -> tuple[int, str]:
    answer = caller.get(where, **query)
    return answer.status_code, json.dumps(answer.json, ensure_ascii=False)


@pytest.mark.parametrize("who", READS)
def test_canaries_never_leave_the_scope_of_their_branch(
    filled: dict[str, list[str]], enter: Enter, who: str
):
    caller, seen = enter(who), ""
    for where, query in addresses(filled):
        status, text = spelled(caller, where, query)
        assert status in {200, 403, 404, 422}, (where, query, text)
        assert not leaks(text, READS[who]), (who, where, query)
        seen += text

    for code in READS[who]:
        assert scene.canary(code) in seen


@pytest.fixture
def neighbours(session: Session, filled: dict[str, list[str]]) -> dict[str, list[str]]:
    """A second tenant in the same database, with a campaign of its own."""
    scene.build(session, tenant_id=2, mark="x")
    session.rollback()
    return filled


@pytest.mark.parametrize("who", ["clerkx", "organiserx", "cityx", "systemx"])
def test_another_tenant_finds_nothing_at_all(
    neighbours: dict[str, list[str]], enter: Enter, who: str
):
    caller = enter(who)
    for where, query in addresses(neighbours):
        answer = caller.get(where, **query)
        if re.search(r"[0-9a-f]{8}-", where + str(query)):
            assert answer.status_code in {404, 422}, (where, query)
        for keys in neighbours.values():
            assert not any(key in answer.text for key in keys if key not in where), where


def test_disabled_accounts_and_strangers_get_no_answer(filled: dict[str, list[str]], enter: Enter):
    caller = enter("clerk")
    caller.headers = {}

    for where, query in addresses(filled):
        assert caller.get(where, **query).status_code == 401
