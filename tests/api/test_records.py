from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.api.conftest import Caller, Enter
    from tests.scene import Scene


def records(caller: Caller, built: Scene, code: str = "B1", **query: Any) -> list[dict[str, Any]]:
    answer = caller.get("/records", unit=str(built.world.units[code].id), **query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json["items"]
    return items


def of(caller: Caller, built: Scene, name: str, code: str = "B1") -> dict[str, Any]:
    return next(each for each in records(caller, built, code) if each["name"] == name)


def test_records_come_in_pages_by_name_and_can_be_narrowed(under_way: Scene, enter: Enter):
    organiser, unit = enter("organiser"), str(under_way.world.units["H1"].id)
    seen, after = [], ""
    while after is not None:
        page = organiser.get("/records", unit=unit, limit=3, after=after).json
        seen += [record["name"] for record in page["items"]]
        after = page["next"]

    assert seen == sorted(under_way.members)
    assert [r["name"] for r in records(enter("clerk"), under_way, filter="lost")] == [
        "丁一甲", "丁二甲",
    ]  # fmt: skip


def test_a_record_tells_its_facts_under_their_names(under_way: Scene, enter: Enter):
    record = of(enter("clerk"), under_way, "丁一甲")

    assert record["facts"]["lost"] is True
    assert record["facts"]["outcome"] == "found"
    assert record["last_contact"] == "2026-01"
    assert set(record["checks"]) >= {"roll", "archive"}


def test_checks_and_findings_are_written_in_one_act(under_way: Scene, enter: Enter):
    sibling = enter("sibling")
    record = of(sibling, under_way, "戊二乙", "B2")
    items = [
        c["code"] for c in enter("sibling").get("/campaigns").json["items"][0]["plan"]["checks"]
    ]

    answer = sibling.patch(
        f"/records/{record['id']}",
        version=record["version"],
        checks={item: {"result": "ok"} for item in items},
        verified_how="seen",
        findings={"floating": True, "destination_scope": "same_city", "left_on": "2026-03"},
        explanation="已当面核实",
    )

    assert answer.status_code == 200, answer.text
    told = answer.json
    assert (told["facts"]["screened"], told["facts"]["floating"]) == (True, True)
    assert (told["verified_how"], told["explanation"]) == ("seen", "已当面核实")
    assert answer.headers["ETag"] == f'"{told["version"]}"'


def test_when_one_part_is_refused_nothing_is_kept(under_way: Scene, enter: Enter):
    sibling = enter("sibling")
    record = of(sibling, under_way, "戊一乙", "B2")

    answer = sibling.patch(
        f"/records/{record['id']}",
        version=record["version"],
        checks={"roll": {"result": "ok"}},
        findings={"destination_scope": "the moon"},
    )

    assert answer.status_code == 422
    assert of(sibling, under_way, "戊一乙", "B2") == record


def test_the_day_of_the_last_dues_moves_the_months(under_way: Scene, enter: Enter):
    clerk = enter("clerk")
    record = of(clerk, under_way, "丁四甲")
    answer = clerk.patch(
        f"/records/{record['id']}",
        version=record["version"],
        evidence={"dues_until": "2026-03", "last_meeting": None},
    )

    assert answer.json["facts"]["months_lost"] == 8
    assert answer.json["proposal"] == ["lost"]


def test_two_people_cannot_overwrite_each_other(under_way: Scene, enter: Enter):
    clerk = enter("clerk")
    record = of(clerk, under_way, "丁四甲")
    address, sent = f"/records/{record['id']}", {"version": record["version"]}

    assert clerk.patch(address, **sent, explanation="甲").status_code == 200
    late = clerk.patch(address, **sent, explanation="乙")
    assert (late.status_code, late.json["type"]) == (409, "urn:sicha:problem:overtaken")
    assert of(clerk, under_way, "丁四甲")["explanation"] == "甲"


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"checks": {"nonsense": {"result": "ok"}}},
        {"checks": {"roll": {"result": "perhaps"}}},
        {"findings": {"lost": "sometimes"}},
        {"findings": {"circumstance": "9"}},
        {"findings": {"outcome": "found"}},
        {"findings": {"destination": "x" * 121}},
        {"evidence": {"dues_until": "soon", "last_meeting": None}},
        {"evidence": {"dues_until": None, "last_meeting": "2099-01"}},
        {"verified_how": "guessed", "checks": {"roll": {"result": "ok"}}},
    ],
)
def test_what_cannot_be_is_refused_in_words(under_way: Scene, enter: Enter, sent: dict[str, Any]):
    clerk = enter("clerk")
    record = of(clerk, under_way, "丁四甲")
    answer = clerk.patch(f"/records/{record['id']}", version=record["version"], **sent)

    assert answer.status_code == 422, answer.text
    assert answer.json["problems"][0]["words"]["zh"]


@pytest.mark.parametrize("who", ["sibling", "other", "reviewer", "city", "auditor"])
def test_records_out_of_reach_do_not_exist(under_way: Scene, enter: Enter, who: str):
    record, caller = of(enter("clerk"), under_way, "丁一甲"), enter(who)
    address = f"/records/{record['id']}"

    assert caller.get(address).status_code == 404
    assert caller.patch(address, version=1, explanation="别人").status_code == 404


def test_a_committee_reads_a_branchs_records_and_writes_none(under_way: Scene, enter: Enter):
    organiser = enter("organiser")
    record = of(organiser, under_way, "丁一甲")

    answer = organiser.patch(f"/records/{record['id']}", version=1, explanation="上级代写")
    assert answer.status_code == 403
