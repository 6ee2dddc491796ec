from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from portal.access import Role
from portal.core import clock
from portal.core.database import transaction
from tests import scene
from tests.web import world as made

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from tests.api.conftest import Caller, Enter
    from tests.scene import Scene


@pytest.fixture(autouse=True)
def _in_november() -> Iterator[None]:
    """Hold the clock before the deadline."""
    with clock.pinned(scene.AT):
        yield


def owed(caller: Caller, built: Scene, code: str = "B1") -> dict[str, Any]:
    """Return what a unit owes on the tables."""
    unit = str(built.world.units[code].id)
    page = caller.get("/returns", unit=unit, deliverable="tables").json
    return next(item for item in page["items"] if item["unit_id"] == unit)


def step(caller: Caller, item: dict[str, Any], name: str, **more: Any) -> Any:
    now = caller.get(f"/returns/{item['id']}").json
    return caller.post(f"/returns/{item['id']}/{name}", version=now["version"], **more)


def filed(enter: Enter, built: Scene) -> dict[str, Any]:
    """File B1's tables as its secretary and return what came back."""
    secretary = enter("secretary")
    item = owed(secretary, built)
    draft = secretary.get(f"/returns/{item['id']}/draft").json
    for outcome in draft["outcomes"]:
        if outcome["severity"] == "explain":
            secretary.post(
                f"/returns/{item['id']}/explanations", rule=outcome["rule"], text="已逐人核实。"
            )
    answer = step(secretary, item, "file")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json
    return told


@pytest.fixture
def reviewer(session: Session, under_way: Scene, enter: Enter) -> Caller:
    """Somebody who reviews what B1 files: an organiser of the general branch above it."""
    unit = under_way.world.units["G1"]
    with transaction(session):
        who = made.account(session, 1, "g1", "柳青")
        made.appoint(session, who, unit, Role.ORGANISER)
    return enter("g1")


def test_a_filing_goes_up_and_no_further_than_the_next_level(under_way: Scene, enter: Enter):
    item = filed(enter, under_way)

    assert item["state"] == "filed"
    assert item["filing"]["figures"]["t7:01.1"] == 5
    assert len(item["filing"]["hash"]) == 64
    assert step(enter("organiser"), item, "take-up").status_code == 403


def test_a_return_is_sent_back_answered_filed_again_and_accepted(
    under_way: Scene, enter: Enter, reviewer: Caller
):
    item, secretary = filed(enter, under_way), enter("secretary")
    address = f"/returns/{item['id']}"
    note = {"text": "请核对失联人数", "table": "t7", "place": "t7:01.11"}

    assert step(reviewer, item, "take-up").json["state"] == "taken_up"
    assert step(reviewer, item, "put-back").json["state"] == "filed"
    assert step(reviewer, item, "take-up").json["state"] == "taken_up"
    assert step(reviewer, item, "return", remarks=[]).status_code == 422
    back = step(reviewer, item, "return", remarks=[note]).json
    assert (back["state"], back["remarks"][0]["before"]) == ("returned", 2)

    assert step(secretary, item, "file").status_code == 422
    assert secretary.post(f"{address}/answers", number=9, kind="changed").status_code == 404
    assert secretary.post(f"{address}/answers", number=1, kind="explained").status_code == 422
    said = secretary.post(f"{address}/answers", number=1, kind="explained", text="已核对。")
    assert (said.status_code, said.json["answer_text"]) == (201, "已核对。")
    again = step(secretary, item, "file").json
    assert (again["round"], again["remarks"][0]["after"]) == (2, 2)

    step(reviewer, item, "take-up")
    assert step(reviewer, item, "accept").json["state"] == "accepted"
    totals = reviewer.get(f"/units/{under_way.world.units['G1'].id}/totals", table="t7").json
    assert totals["cells"]["01.1"] == {"reported": 5, "accepted": 5, "recognised": 0}


def test_what_is_filed_can_be_recalled_once(under_way: Scene, enter: Enter):
    item, secretary = filed(enter, under_way), enter("secretary")

    recalled = step(secretary, item, "recall")
    assert (recalled.status_code, recalled.json["state"]) == (200, "open")
    again = step(secretary, item, "recall")
    assert (again.status_code, again.json["type"]) == (409, "urn:sicha:problem:out-of-turn")


def test_filing_tells_every_rule_that_blocks(under_way: Scene, enter: Enter):
    secretary = enter("secretary")
    item = owed(secretary, under_way)
    secretary.post(f"/returns/{item['id']}/overrides", cell="t7:01.1", value=9, reason="多报")
    answer = step(secretary, item, "file")

    assert answer.status_code == 422
    assert {problem["rule"] for problem in answer.json["problems"]} == set(
        secretary.get(f"/returns/{item['id']}/draft").json["blocking"]
    )
    assert "D1" in {problem["rule"] for problem in answer.json["problems"]}


def test_a_figure_typed_over_needs_a_reason(under_way: Scene, enter: Enter):
    clerk = enter("clerk")
    address = f"/returns/{owed(clerk, under_way)['id']}/overrides"

    refused = clerk.post(address, cell="t7:01.1", value=6)
    typed = clerk.post(address, cell="t7:01.1", value=6, reason="名册漏一人，正在补录")
    back = clerk.post(address, cell="t7:01.1", value=None)

    assert (refused.status_code, refused.json["problems"][0]["rule"]) == (422, "W1")
    assert typed.json["figures"]["t7:01.1"] == 6
    assert "D1" in typed.json["blocking"]
    assert back.json["figures"]["t7:01.1"] == 5


def test_filing_rests_on_the_version_that_was_seen(under_way: Scene, enter: Enter):
    secretary = enter("secretary")
    item = owed(secretary, under_way)

    answer = secretary.post(f"/returns/{item['id']}/file", version=item["version"] + 1)
    assert (answer.status_code, answer.json["type"]) == (409, "urn:sicha:problem:overtaken")


def test_a_clerk_prepares_and_does_not_sign(under_way: Scene, enter: Enter):
    clerk = enter("clerk")
    item = owed(clerk, under_way)

    assert clerk.get(f"/returns/{item['id']}/draft").status_code == 200
    assert step(clerk, item, "file").status_code == 403


def test_a_filing_tells_how_many_persons_a_rule_is_about_and_never_which(
    under_way: Scene, enter: Enter
):
    item = filed(enter, under_way)
    seen = enter("inspector").get(f"/returns/{item['id']}")

    assert seen.status_code == 200
    assert all("members" not in check for check in seen.json["filing"]["checks"])
    for member in under_way.members.values():
        assert member.id.hex not in seen.text
        assert str(member.id) not in seen.text
        assert member.name not in seen.text


def test_returns_come_in_pages_by_state(under_way: Scene, enter: Enter):
    filed(enter, under_way)
    inspector, seen, after = enter("inspector"), [], ""
    while after is not None:
        page = inspector.get("/returns", deliverable="tables", limit=4, after=after).json
        seen += [item["state"] for item in page["items"]]
        after = page["next"]

    assert (len(seen), seen.count("filed")) == (9, 1)
    assert len(inspector.get("/returns", state="filed").json["items"]) == 1


@pytest.mark.parametrize("who", ["sibling", "other", "system", "auditor"])
def test_returns_out_of_reach_do_not_exist(under_way: Scene, enter: Enter, who: str):
    item, caller = owed(enter("clerk"), under_way), enter(who)

    assert caller.get(f"/returns/{item['id']}").status_code == 404
    assert caller.get(f"/returns/{item['id']}/draft").status_code == 404
    for name in ("file", "recall", "take-up", "put-back", "accept"):
        assert caller.post(f"/returns/{item['id']}/{name}", version=1).status_code == 404


KEY = {"Idempotency-Key": "0193b5b5-cccc-7000-8000-000000000001"}


def test_a_filing_that_is_sent_twice_is_filed_once(under_way: Scene, enter: Enter):
    filed(enter, under_way)
    secretary = enter("secretary")
    item = owed(secretary, under_way)
    step(secretary, item, "recall")
    secretary.headers |= KEY
    version = secretary.get(f"/returns/{item['id']}").json["version"]

    first, again = (
        secretary.post(f"/returns/{item['id']}/file", version=version) for _ in range(2)
    )
    other = secretary.post(f"/returns/{item['id']}/file", version=version, narrative="另一份")

    assert (first.status_code, again.status_code, other.status_code) == (200, 200, 422)
    assert first.json == again.json
    assert first.json["round"] == 2


def test_without_a_key_the_second_is_told_that_it_is_too_late(under_way: Scene, enter: Enter):
    filed(enter, under_way)
    secretary = enter("secretary")
    item = owed(secretary, under_way)

    again = secretary.post(f"/returns/{item['id']}/file", version=item["version"])

    assert again.status_code == 409
