from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import scene

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.api.conftest import Enter
    from tests.scene import Scene


def test_units_come_in_pages_by_code(under_way: Scene, enter: Enter):
    caller, seen, after = enter("inspector"), [], ""
    while after is not None:
        page = caller.get("/units", limit=4, after=after).json
        seen += [unit["code"] for unit in page["items"]]
        after = page["next"]

    assert seen == sorted(under_way.world.units)


def test_units_are_narrowed_to_a_subtree_a_kind_and_a_word(under_way: Scene, enter: Enter):
    caller, below = enter("inspector"), str(under_way.world.units["G1"].id)

    def codes(**query: str) -> list[str]:
        return [unit["code"] for unit in caller.get("/units", **query).json["items"]]

    assert codes(below=below) == ["B1", "B2", "G1"]
    assert codes(kind="district") == ["D1", "D2"]
    assert codes(search="城隍") == ["B3"]


def test_a_branch_knows_itself_and_no_other(under_way: Scene, enter: Enter):
    clerk, units = enter("clerk"), under_way.world.units

    assert [unit["code"] for unit in clerk.get("/units").json["items"]] == ["B1"]
    assert clerk.get(f"/units/{units['B1'].id}").json["name"] == "北园社区党支部"
    assert clerk.get(f"/units/{units['B2'].id}").status_code == 404
    assert clerk.get("/units", below=str(units["H1"].id)).status_code == 404


def test_the_three_totals_come_with_their_coverage(
    session: Session, under_way: Scene, enter: Enter
):
    scene.file(session, under_way)
    address = f"/units/{under_way.world.units['D1'].id}/totals"
    told = enter("reviewer").get(address, table="表7").json

    assert told["table"] == "t7"
    assert told["cells"]["01.1"] == {"reported": 5, "accepted": 0, "recognised": 0}
    assert told["coverage"]["filed"] == 1
    assert enter("clerk").get(address, table="t7").status_code == 404
    assert enter("reviewer").get(address, table="t99").status_code == 404


def test_campaigns_tell_their_plan_and_their_tables(under_way: Scene, enter: Enter):
    clerk = enter("clerk")

    listed = clerk.get("/campaigns").json["items"]
    assert [campaign["code"] for campaign in listed] == [scene.CODE]
    one = clerk.get(f"/campaigns/{under_way.campaign.id}").json
    assert {stage["code"] for stage in one["plan"]["stages"]} >= {"screen"}
    tables = clerk.get(f"/campaigns/{under_way.campaign.id}/tables").json["tables"]
    assert [table["code"] for table in tables] == ["t1", "t2", "t3", "t4", "t5", "t6", "t7"]
    assert tables[6]["cells"]["01.2"]["condition"] == {
        "kind": "is", "fact": "on_roll", "value": True,
    }  # fmt: skip


@pytest.mark.parametrize("who", ["auditor", "safety"])
def test_administrators_without_a_part_in_campaigns_see_none(
    under_way: Scene, enter: Enter, who: str
):
    caller = enter(who)

    assert caller.get("/campaigns").json["items"] == []
    assert caller.get(f"/campaigns/{under_way.campaign.id}").status_code == 404
