from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

import pytest

from portal.web import worklist
from tests import scene as played
from tests.web.clicking import after, post

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session

    from tests.scene import Scene
    from tests.web.conftest import SignIn
    from tests.web.world import World

ITEMS = ("roll", "archive", "dues", "letter", "conduct")
ALL_OK = {f"c-{item}": "ok" for item in ITEMS}
IN_PLACE = {"HX-Request": "true"}


@pytest.fixture
def scene(session: Session, world: World) -> Scene:
    """A campaign in which nobody has been screened yet."""
    return played.build(session, world)


def record_of(client: FlaskClient, name: str) -> str:
    """Return where the page of one person is."""
    page = client.get("/screening").text
    found = re.search(rf'href="(/screening/[^"]+)" data-open>{name}<', page)
    assert found is not None, name
    return found[1]


def version_of(client: FlaskClient, at: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', client.get(at).text)
    assert found is not None
    return found[1]


@pytest.mark.usefixtures("scene")
def test_the_desk_lists_one_s_own_members_and_nobody_else_s(sign_in: SignIn):
    page = sign_in("clerk").get("/screening").text
    assert "丁一甲" in page
    assert "戊一乙" not in page
    assert "拟认定 失联" in page
    assert "完成排查（还差 5 人）" in page


@pytest.mark.usefixtures("scene")
def test_a_filter_leaves_what_it_says_and_keeps_the_numbers_of_the_whole_list(sign_in: SignIn):
    page = sign_in("clerk").get("/screening?only=proposed").text
    assert "丁二甲" in page
    assert "丁四甲" not in page
    assert re.search(r'<td class="num quiet">3</td><th scope="row"><a[^>]*>丁二甲', page)


@pytest.mark.usefixtures("scene")
def test_results_sent_from_the_desk_come_back_as_the_row_with_the_time(sign_in: SignIn):
    client = sign_in("clerk")
    at = record_of(client, "丁四甲")
    answer = client.post(
        f"{at}/checks", headers=IN_PLACE,
        data={"csrf_token": token(client), "version": version_of(client, at), **ALL_OK},
    )  # fmt: skip
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "已保存" in answer.text
    assert "完成排查（还差 4 人）" in answer.text


@pytest.mark.usefixtures("scene")
def test_a_doubt_noted_from_the_desk_asks_beside_it_what_is_doubted(sign_in: SignIn):
    client = sign_in("clerk")
    at = record_of(client, "丁四甲")
    form = {"csrf_token": token(client), "version": version_of(client, at), "aside": "1"}
    came = {**IN_PLACE, "HX-Current-URL": "http://localhost/screening?only=open"}
    answer = client.post(f"{at}/checks", headers=came, data={**form, "c-dues": "doubt"})
    assert answer.status_code == 200
    assert 'name="n-dues"' in answer.text
    assert re.search(r'only=open" aria-current="true"', answer.text)
    again = client.get(f"{at}?row=1", headers=IN_PLACE).text
    assert 'data-item="dues" data-result="doubt"' in again
    assert "已保存" not in again


def token(client: FlaskClient) -> str:
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/me").text)
    assert found is not None
    return found[1]


@pytest.mark.usefixtures("scene")
def test_on_a_phone_saving_leads_to_the_next_person_who_is_open(sign_in: SignIn):
    client = sign_in("clerk")
    at = record_of(client, "丁一甲")
    page = after(client, f"{at}/checks", version=version_of(client, at), **ALL_OK)
    assert "已保存丁一甲" in page
    assert "<h1>丁三甲</h1>" in page


@pytest.mark.usefixtures("scene")
def test_the_rest_can_be_called_in_order_at_once(sign_in: SignIn):
    client = sign_in("clerk")
    at = record_of(client, "丁三甲")
    after(client, f"{at}/checks", version=version_of(client, at), rest="ok", **{"c-dues": "doubt"})
    assert "党费有疑点" in client.get("/screening").text or "拟认定" in client.get(at).text


@pytest.mark.usefixtures("scene")
def test_a_doubt_keeps_its_note_when_other_checks_follow(sign_in: SignIn):
    client = sign_in("clerk")
    at = record_of(client, "丁四甲")
    doubt = {"c-roll": "doubt", "n-roll": "出生年月与档案不符"}
    after(client, f"{at}/checks", version=version_of(client, at), **doubt)
    after(client, f"{at}/checks", version=version_of(client, at), **{"c-roll": "doubt"})
    assert "出生年月与档案不符" in client.get(at).text


@pytest.mark.usefixtures("scene")
def test_a_lost_member_is_confirmed_with_a_circumstance(sign_in: SignIn):
    client = sign_in("clerk")
    at = record_of(client, "丁一甲")
    refused = post(
        client, f"{at}/finding/lost", version=version_of(client, at), answer="yes", circumstance="7"
    )
    assert refused.status_code == 422
    assert 'href="#f-lost_note"' in refused.text
    page = after(
        client, f"{at}/finding/lost", version=version_of(client, at), answer="yes", circumstance="1"
    )
    assert "查找中" in page
    assert "丁一甲" in client.get("/lost").text


@pytest.mark.usefixtures("scene")
def test_nobody_is_called_lost_before_six_months_have_passed(sign_in: SignIn):
    client = sign_in("clerk")
    at = record_of(client, "丁四甲")
    refused = post(
        client, f"{at}/finding/lost", version=version_of(client, at), answer="yes", circumstance="1"
    )
    assert refused.status_code == 422
    assert "满 6 个月才能认定失联" in refused.text


@pytest.mark.usefixtures("scene")
def test_new_evidence_settles_the_proposal_by_itself(sign_in: SignIn):
    client = sign_in("clerk")
    at = record_of(client, "丁一甲")
    page = after(
        client, f"{at}/evidence", version=version_of(client, at), dues_until="2026.10",
        last_meeting="2026年11月",
    )  # fmt: skip
    assert "拟认定：失联" not in page
    unreadable = post(client, f"{at}/evidence", version=version_of(client, at), dues_until="去年")
    assert unreadable.status_code == 422
    assert 'value="去年"' in unreadable.text


@pytest.mark.usefixtures("scene")
def test_floating_wants_to_know_how_far_and_keeps_the_rest(sign_in: SignIn):
    client = sign_in("clerk")
    at = record_of(client, "丁三甲")
    refused = post(
        client, f"{at}/finding/floating", version=version_of(client, at), answer="yes",
        host="某商会",
    )  # fmt: skip
    assert refused.status_code == 422
    assert "某商会" in refused.text
    after(
        client, f"{at}/finding/floating", version=version_of(client, at), answer="yes",
        destination_scope="other_city", destination="浙江 宁波 鄞州", left_on="2025-03",
        certificate="1",
    )  # fmt: skip
    assert "浙江 宁波 鄞州" in client.get(at).text


@pytest.mark.usefixtures("scene")
def test_a_member_who_cannot_be_screened_is_explained_and_counted(sign_in: SignIn):
    client = sign_in("clerk")
    at = record_of(client, "丁四甲")
    after(client, f"{at}/explanation", version=version_of(client, at), explanation="长期住院")
    assert "完成排查（还差 4 人）" in client.get("/screening").text


@pytest.mark.usefixtures("scene")
def test_two_people_on_one_record_do_not_overwrite_each_other(sign_in: SignIn):
    client = sign_in("clerk")
    at = record_of(client, "丁四甲")
    seen = version_of(client, at)
    after(sign_in("secretary"), f"{at}/checks", version=seen, **{"c-roll": "doubt"})
    late = post(client, f"{at}/checks", version=seen, **ALL_OK)
    assert late.status_code == 409
    assert "别人刚刚改过" in late.text


@pytest.mark.usefixtures("scene")
def test_a_made_up_result_is_refused_with_a_sentence(sign_in: SignIn):
    client = sign_in("clerk")
    at = record_of(client, "丁四甲")
    answer = post(client, f"{at}/checks", version=version_of(client, at), **{"c-roll": "fine"})
    assert answer.status_code == 422
    assert "检查单里没有这一项" in answer.text


@pytest.mark.usefixtures("scene")
def test_a_record_is_not_there_for_anybody_outside_the_branch(sign_in: SignIn):
    at = record_of(sign_in("clerk"), "丁一甲")
    for who in ("sibling", "organiser", "reviewer", "inspector", "system"):
        outsider = sign_in(who)
        assert outsider.get(at).status_code == 404
        assert post(outsider, f"{at}/checks", version="1", **ALL_OK).status_code == 404
        assert post(outsider, f"{at}/finding/lost", version="1", answer="no").status_code == 404


@pytest.mark.usefixtures("scene")
def test_an_unknown_finding_or_record_is_not_there(sign_in: SignIn):
    client = sign_in("clerk")
    at = record_of(client, "丁一甲")
    assert post(client, f"{at}/finding/pocket", version="1").status_code == 404
    assert client.get(f"/screening/{uuid.uuid4()}").status_code == 404


@pytest.mark.usefixtures("scene")
def test_a_long_list_comes_in_pages(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(worklist, "PAGE", 2)
    client = sign_in("clerk")
    first = client.get("/screening").text
    assert "from=2" in first
    assert "丁四甲" not in first
    last = client.get("/screening?from=4").text
    assert "丁四甲" in last
    assert "回到第一页" in last


@pytest.mark.usefixtures("world")
def test_without_a_campaign_the_desk_says_what_will_come(sign_in: SignIn):
    assert "还没有排查任务" in sign_in("clerk").get("/screening").text


@pytest.mark.usefixtures("scene")
def test_a_finding_typed_too_late_comes_back_as_it_was_typed(sign_in: SignIn):
    client = sign_in("clerk")
    at = record_of(client, "丁三甲")
    seen = version_of(client, at)
    after(sign_in("secretary"), f"{at}/checks", version=seen, **{"c-roll": "ok"})
    late = post(
        client, f"{at}/finding/floating", version=seen, answer="yes",
        destination_scope="other_city", host="某商会",
    )  # fmt: skip
    assert late.status_code == 409
    assert "别人刚刚改过" in late.text
    assert "某商会" in late.text
    assert f'name="version" value="{version_of(client, at)}"' in late.text
    assert f'name="version" value="{seen}"' not in late.text
