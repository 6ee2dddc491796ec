from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal.screening.models import Record
from tests import scene

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.api.conftest import Enter
    from tests.scene import Scene

NEW = {"name": "庚一", "gender": "男", "id_number": scene.id_number(100), "born": "1970-03-10",
       "joined": "1999.7", "phone": "13900000100", "dues_until": "2026-10"}  # fmt: skip


def test_members_come_in_pages_and_only_those_in_reach(under_way: Scene, enter: Enter):
    organiser = enter("organiser")

    first = organiser.get("/members", limit=5).json
    second = organiser.get("/members", limit=5, after=first["next"]).json
    names = [member["name"] for member in (*first["items"], *second["items"])]
    assert sorted(names) == sorted(under_way.members)
    assert second["next"] is None
    assert {m["name"][-1] for m in enter("clerk").get("/members").json["items"]} == {"甲"}
    assert enter("reviewer").get("/members").json == {"items": [], "next": None}


def test_members_are_found_by_name_and_by_the_end_of_the_number(enter: Enter):
    clerk = enter("clerk")

    assert [m["name"] for m in clerk.get("/members", search="dyj").json["items"]] == ["丁一甲"]
    tail = scene.id_number(1)[-4:]
    assert [m["name"] for m in clerk.get("/members", search=tail).json["items"]] == ["丁二甲"]


def test_sensitive_fields_are_masked_for_everybody(under_way: Scene, enter: Enter):
    member = enter("clerk").get(f"/members/{under_way.members['丁一甲'].id}").json

    assert member["id_number"] == f"990000{'*' * 8}{scene.id_number(0)[-4:]}"
    assert member["phone"] == "139****0000"
    assert "某路" not in member["address"]
    assert scene.id_number(0) not in str(member)


def test_somebody_is_added_and_is_audited_from_then_on(
    session: Session, under_way: Scene, enter: Enter
):
    answer = enter("clerk").post("/members", unit=str(under_way.world.units["B1"].id), fields=NEW)

    assert answer.status_code == 201
    assert answer.json["joined"] == "1999-07"
    assert NEW["id_number"] not in answer.text
    records = session.scalars(select(Record).where(Record.path == under_way.path("B1"))).all()
    assert len(records) == 6


def test_every_fault_of_what_was_sent_is_told_at_once(under_way: Scene, enter: Enter):
    answer = enter("clerk").post(
        "/members",
        unit=str(under_way.world.units["B1"].id),
        fields={**NEW, "id_number": "990101198703100015", "born": "1999-13"},
    )

    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    told = answer.json
    assert told["type"] == "urn:sicha:problem:invalid"
    assert {problem["where"] for problem in told["problems"]} == {"公民身份证号", "出生日期"}
    assert all(problem["words"]["zh"] and problem["words"]["en"] for problem in told["problems"])


def test_a_field_that_the_roster_does_not_have_is_refused(under_way: Scene, enter: Enter):
    answer = enter("clerk").post(
        "/members", unit=str(under_way.world.units["B1"].id), fields={**NEW, "path": "/"}
    )

    assert answer.status_code == 422
    assert answer.json["problems"][0]["where"] == "path"


def test_a_conflict_of_numbers_says_nothing_of_the_other_roll(under_way: Scene, enter: Enter):
    answer = enter("clerk").post(
        "/members",
        unit=str(under_way.world.units["B1"].id),
        fields={**NEW, "id_number": scene.id_number(5)},
    )

    assert answer.status_code == 422
    assert "冲突" in answer.json["detail"]
    assert "戊" not in answer.text
    assert "商贸" not in answer.text


def test_a_change_rests_on_the_version_that_was_seen(under_way: Scene, enter: Enter):
    clerk, address = enter("clerk"), f"/members/{under_way.members['丁三甲'].id}"
    seen = clerk.get(address)
    version = seen.json["version"]

    changed = clerk.patch(address, version=version, fields={"remark": "已核对"})
    again = clerk.patch(address, version=version, fields={"remark": "后来的"})

    assert seen.headers["ETag"] == f'"{version}"'
    assert (changed.status_code, changed.json["remark"]) == (200, "已核对")
    assert changed.json["version"] == version + 1
    assert (again.status_code, again.json["type"]) == (409, "urn:sicha:problem:overtaken")
    assert clerk.get(address).json["remark"] == "已核对"


def test_if_match_stands_for_the_version(under_way: Scene, enter: Enter):
    clerk, address = enter("clerk"), f"/members/{under_way.members['丁三甲'].id}"
    tag = clerk.get(address).headers["ETag"]

    def change(match: str) -> int:
        headers = {**clerk.headers, "If-Match": match}
        sent = {"fields": {"remark": "已核对"}}
        answer = clerk.client.patch(f"/api/v1{address}", json=sent, headers=headers)
        return answer.status_code

    assert [change(match) for match in (tag, tag, "nonsense")] == [200, 409, 422]


def test_who_leaves_is_no_longer_audited(session: Session, under_way: Scene, enter: Enter):
    clerk, member = enter("clerk"), under_way.members["丁四甲"]
    answer = clerk.post(
        f"/members/{member.id}/leave", version=1, reason="transferred", on="2026-11-01"
    )

    assert (answer.status_code, answer.json["tie"]) == (200, "left")
    record = session.scalars(select(Record).where(Record.member_id == member.id)).one()
    assert record.withdrawn


@pytest.mark.parametrize("who", ["sibling", "other", "reviewer", "inspector", "system", "auditor"])
def test_members_out_of_reach_do_not_exist(under_way: Scene, enter: Enter, who: str):
    caller, address = enter(who), f"/members/{under_way.members['丁一甲'].id}"
    seen = caller.get(address)
    changed = caller.patch(address, version=1, fields={"remark": "别人"})

    assert [seen.status_code, changed.status_code] == [404, 404]
    assert "丁一甲" not in seen.text + changed.text


def test_a_committee_reads_a_branchs_members_and_changes_none(under_way: Scene, enter: Enter):
    organiser, address = enter("organiser"), f"/members/{under_way.members['丁一甲'].id}"

    assert organiser.get(address).status_code == 200
    refused = organiser.patch(address, version=1, fields={"remark": "上级"})
    assert (refused.status_code, refused.json["type"]) == (403, "urn:sicha:problem:not-allowed")
