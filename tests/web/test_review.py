"""The review desk on the page: the queue, the comparison, remarks, decisions, bulk."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests import scene as played
from tests.web import reported
from tests.web.reported import post, version_in

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session

    from tests.scene import Scene
    from tests.web.conftest import SignIn
    from tests.web.world import World


@pytest.fixture
def scene(session: Session, world: World) -> Scene:
    """A campaign in which B1 and B3 have filed."""
    made = reported.build(session, world)
    played.file(session, made)
    played.file(session, made, "third", "B3")
    return made


pytestmark = pytest.mark.usefixtures("scene")


def opened(client: FlaskClient) -> tuple[str, str]:
    """Return the page of the first filing that waits, and its address."""
    page = client.get("/review").text
    found = re.search(r'href="(/review/[0-9a-f-]{36})', page)
    assert found is not None
    return page, found[1]


def taken_up(client: FlaskClient) -> tuple[str, str]:
    page, at = opened(client)
    assert post(client, f"{at}/take_up", page, version=version_in(page)).status_code == 302
    return client.get(at).text, at


def test_the_queue_holds_what_was_filed_to_this_unit_and_nothing_else(sign_in: SignIn):
    assert "北园社区党支部" in sign_in("general").get("/review").text
    assert "城隍社区党支部" in sign_in("organiser").get("/review").text
    assert "没有待审的报表" in sign_in("other").get("/review").text


def test_a_filing_stands_beside_a_fresh_count(sign_in: SignIn):
    page, _ = opened(sign_in("general"))

    assert "名册推算" in page
    assert page.count("一致") >= 15


def test_taking_up_comes_before_deciding(sign_in: SignIn):
    client = sign_in("general")
    page, at = opened(client)
    refused = post(client, f"{at}/accept", page, version=version_in(page))
    page, at = taken_up(client)
    done = post(client, f"{at}/accept", page, version=version_in(page))

    assert refused.status_code == 409
    assert done.status_code == 302
    assert "没有待审的报表" in client.get("/review").text


def test_a_stale_page_decides_nothing(sign_in: SignIn):
    client = sign_in("general")
    old, at = opened(client)
    page, _ = taken_up(client)

    assert post(client, f"{at}/accept", page, version=version_in(old)).status_code == 409


def test_a_return_carries_remarks_on_cell_row_and_whole(
    sign_in: SignIn, session: Session, scene: Scene
):
    member = scene.members["丁二甲"].id.hex
    session.rollback()  # a reader in the middle of reading would keep SQLite's writers waiting
    client = sign_in("general")
    page, at = taken_up(client)
    done = post(
        client, f"{at}/return", page, version=version_in(page),
        place=["t7@t7:01.11", f"t6@{member}", "@"], severity=["error", "explain", "hint"],
        text=["失联与台账不符", "渠道太少", "请尽快"],
    )  # fmt: skip
    answers = sign_in("secretary").get("/submit/answers").text

    assert done.status_code == 302
    assert "表7 · 11 栏" in answers
    assert "丁二甲" in answers
    assert "整份" in answers
    assert answers.count("待答") == 3


def test_a_return_without_words_keeps_what_was_typed(sign_in: SignIn):
    client = sign_in("general")
    page, at = taken_up(client)
    refused = post(
        client, f"{at}/return", page, version=version_in(page), place=["t7@", "@"],
        severity=["error", "error"], text=["请核对流动人数", " "],
    )  # fmt: skip
    bare = post(client, f"{at}/return", page, version=version_in(page))

    assert refused.status_code == 422
    assert "请核对流动人数" in refused.text
    assert bare.status_code == 422
    assert "退回至少要有一条批注" in bare.text


def test_the_second_round_opens_on_the_difference(sign_in: SignIn, session: Session, scene: Scene):
    reported.send_back(session, scene, "general", "B1", "t7:01.11")
    secretary = sign_in("secretary")
    page = secretary.get("/submit/answers").text
    item = re.search(r"/submit/([0-9a-f-]{36})/answer", page)
    assert item is not None
    at = f"/submit/{item[1]}"
    post(secretary, f"{at}/answer", page, number=1, kind="explained", text="已核对")
    post(secretary, f"{at}/override", page, cell="t7:01.9", value=1, reason="另有证明")
    page = secretary.get("/submit").text
    sent = post(secretary, f"{at}/file", page, version=version_in(page))
    page, _ = opened(sign_in("general"))

    assert sent.status_code == 302
    assert "第 2 轮" in page
    assert '<span class="delta">+1</span>' in page
    assert page.count("就这一格写批注：") == 1
    assert "已核对" in page
    assert "改填" in page


def test_the_bulk_step_is_tried_first_and_changes_nothing(sign_in: SignIn):
    client = sign_in("organiser")
    tried = client.get("/review/bulk").text
    ids = re.findall(r'name="id" value="([^"]+)"', tried)
    still = client.get("/review").text
    done = post(client, "/review/bulk", tried, id=ids)

    assert "可通过 1" in tried
    assert "城隍社区党支部" in still
    assert "已通过 1 份" in done.text
    assert "没有待审的报表" in client.get("/review").text


def test_what_is_explained_waits_for_a_reader(sign_in: SignIn):
    tried = sign_in("general").get("/review/bulk").text

    assert "有须说明的事项" in tried or "可通过 1" in tried


@pytest.mark.parametrize("who", ["organiser", "other", "reviewer", "inspector", "clerk"])
def test_what_was_filed_to_another_unit_cannot_be_reviewed(sign_in: SignIn, who: str):
    _, at = opened(sign_in("general"))
    client = sign_in(who)
    page = client.get("/me").text

    assert client.get(at).status_code in (403, 404)
    for step in ("take_up", "accept", "put_back", "return"):
        answer = post(
            client, f"{at}/{step}", page, version=1, text="x", place="@", severity="error"
        )
        assert answer.status_code in (403, 404)


def test_a_decision_without_a_token_is_none(sign_in: SignIn):
    client = sign_in("general")
    _, at = opened(client)

    assert client.post(f"{at}/take_up", data={"version": 1}).status_code == 400


@pytest.mark.parametrize("tab", ["t4", "t6", "t2", "notes", "history"])
def test_every_tab_opens(sign_in: SignIn, tab: str):
    client = sign_in("general")
    _, at = opened(client)

    assert client.get(f"{at}?tab={tab}").status_code == 200
