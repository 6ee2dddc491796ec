from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests import scene as played
from tests.rosters import number
from tests.web.clicking import after, post

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session

    from tests.web.conftest import SignIn
    from tests.web.world import World


@dataclass(frozen=True)
class Known:
    """What a test knows of a member, read beforehand: an open reader would lock SQLite."""

    at: str
    number: str
    phone: str
    address: str


@pytest.fixture
def scene(session: Session, world: World) -> dict[str, Known]:
    """The members of a campaign, by name."""
    members = played.build(session, world).members
    known = {
        name: Known(f"/members/{m.id}", m.id_number or "", m.phone or "", m.address or "")
        for name, m in members.items()
    }
    session.rollback()
    return known


def at(scene: dict[str, Known], name: str, step: str = "") -> str:
    return f"{scene[name].at}{step}"


def version_of(client: FlaskClient, address: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', client.get(address).text)
    assert found is not None
    return found[1]


@pytest.mark.usefixtures("scene")
def test_members_are_found_by_name_and_by_sound(sign_in: SignIn):
    client = sign_in("clerk")
    for wanted in ("丁五", "dingwujia", "dwj"):
        page = client.get("/members", query_string={"q": wanted}).text
        assert "丁五甲" in page, wanted
        assert "丁四甲" not in page, wanted


def test_a_member_is_found_by_the_last_four_of_the_number(sign_in: SignIn, scene: dict[str, Known]):
    last = scene["丁四甲"].number[-4:]
    page = sign_in("clerk").get("/members", query_string={"q": last}).text
    assert "丁四甲" in page


@pytest.mark.usefixtures("scene")
def test_the_list_tells_who_was_sent_off_from_who_is_on_the_roll(sign_in: SignIn):
    page = sign_in("clerk").get("/members?tie=sent").text
    assert "丁五甲" in page
    assert "丁一甲" not in page


@pytest.mark.usefixtures("scene")
def test_a_committee_sees_its_branches_and_no_other(sign_in: SignIn):
    page = sign_in("organiser").get("/members").text
    assert "丁一甲" in page
    assert "己一丙" in page
    assert "丁一甲" not in sign_in("other").get("/members").text


def test_numbers_phones_and_addresses_are_masked_everywhere(
    sign_in: SignIn, scene: dict[str, Known]
):
    member = scene["丁一甲"]
    client = sign_in("clerk")
    for page in ("/members", at(scene, "丁一甲"), at(scene, "丁一甲", "/change")):
        text = client.get(page).text
        assert member.number not in text
        assert member.phone not in text
        assert member.address not in text


@pytest.mark.usefixtures("scene")
def test_a_member_is_added_and_enters_the_campaign(sign_in: SignIn):
    client = sign_in("clerk")
    page = after(
        client, "/members/add", name="新同志", id_number=number(7, "19900310"), gender="男",
        born="1990.3", joined="2015年6月", standing="正式党员", tie="在册", membership="正常",
    )  # fmt: skip
    assert "新同志已登记到名册" in page
    assert "1990-03" in page
    assert "新同志" in client.get("/screening").text


@pytest.mark.usefixtures("scene")
def test_what_is_wrong_stands_at_the_field_and_what_was_typed_stays(sign_in: SignIn):
    answer = post(sign_in("clerk"), "/members/add", name="", id_number="123", joined="2015年6月")
    assert answer.status_code == 422
    assert 'href="#f-id_number"' in answer.text
    assert 'value="2015年6月"' in answer.text


def test_a_number_on_another_roll_is_a_conflict_and_nothing_more(
    sign_in: SignIn, scene: dict[str, Known]
):
    answer = post(
        sign_in("clerk"), "/members/add", name="某人", id_number=scene["己一丙"].number,
        gender="女", standing="正式党员",
    )  # fmt: skip
    assert answer.status_code == 422
    assert "与别处的名册冲突" in answer.text
    assert "己一丙" not in answer.text
    assert "城隍" not in answer.text


def test_a_change_shows_old_and_new_and_an_empty_phone_keeps_it(
    sign_in: SignIn, scene: dict[str, Known]
):
    client = sign_in("clerk")
    change = at(scene, "丁一甲", "/change")
    page = after(
        client, change, version=version_of(client, change), name="丁一甲", occupation="个体工商户",
        phone="", id_number="",
    )  # fmt: skip
    assert '<del class="diff-old">退休人员</del> <ins class="diff-new">个体工商户</ins>' in page
    assert "139****" in page


def test_later_dues_in_the_roster_reach_the_screening(sign_in: SignIn, scene: dict[str, Known]):
    client = sign_in("clerk")
    assert "丁一甲" in client.get("/screening?only=proposed").text
    change = at(scene, "丁一甲", "/change")
    after(client, change, version=version_of(client, change), dues_until="2026.10")
    assert "丁一甲" not in client.get("/screening?only=proposed").text


def test_a_change_of_what_somebody_else_changed_loses_nothing(
    sign_in: SignIn, scene: dict[str, Known]
):
    client, change = sign_in("clerk"), at(scene, "丁一甲", "/change")
    seen = version_of(client, change)
    after(sign_in("secretary"), change, version=seen, occupation="企业职工")
    late = post(client, change, version=seen, occupation="农民", remark="本人要求")
    assert late.status_code == 409
    assert "没有丢失" in late.text
    assert '<del class="diff-old">企业职工</del> <ins class="diff-new">农民</ins>' in late.text
    assert 'value="本人要求"' in late.text
    again = re.search(r'name="version" value="(\d+)"', late.text)
    assert again is not None
    assert "农民" in after(client, change, version=again[1], occupation="农民")


def test_leaving_wants_reason_and_day_and_can_be_taken_back(
    sign_in: SignIn, scene: dict[str, Known]
):
    client, page = sign_in("clerk"), at(scene, "丁四甲")
    refused = post(client, f"{page}/leave", version=version_of(client, page), on="不知道")
    assert refused.status_code == 422
    gone = after(
        client, f"{page}/leave", version=version_of(client, page), reason="transferred",
        on="2026-11-02",
    )  # fmt: skip
    assert "2026-11-02 离开名册：组织关系转出" in gone
    assert "丁四甲" not in client.get("/screening").text
    back = after(client, f"{page}/back", version=version_of(client, page))
    assert "丁四甲已恢复到名册" in back
    assert "丁四甲" in client.get("/screening").text


def test_a_committee_reads_and_does_not_write(sign_in: SignIn, scene: dict[str, Known]):
    client = sign_in("organiser")
    assert "改动历史" in client.get(at(scene, "丁一甲")).text
    assert at(scene, "丁一甲", "/change") not in client.get(at(scene, "丁一甲")).text
    assert client.get(at(scene, "丁一甲", "/change")).status_code == 404
    assert post(client, at(scene, "丁一甲", "/leave"), version="1").status_code == 404


def test_a_member_is_not_there_for_others(sign_in: SignIn, scene: dict[str, Known]):
    for who in ("sibling", "other", "reviewer", "inspector", "auditor"):
        client = sign_in(who)
        for step in ("", "/change"):
            answer = client.get(at(scene, "丁一甲", step))
            assert answer.status_code == 404
            assert "丁一甲" not in answer.text
        assert post(client, at(scene, "丁一甲", "/back"), version="1").status_code == 404


@pytest.mark.usefixtures("scene")
def test_an_odd_page_mark_is_the_first_page(sign_in: SignIn):
    client = sign_in("clerk")
    for mark in ("x", str(uuid.uuid4())):
        assert "丁一甲" in client.get("/members", query_string={"after": mark}).text
