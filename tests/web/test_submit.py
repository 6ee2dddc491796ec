"""Checking and filing on the page: who may, what stands there, what comes back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests import scene as played
from tests.web import reported
from tests.web.reported import post

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.scene import Scene
    from tests.web.conftest import SignIn
    from tests.web.world import World


pytestmark = pytest.mark.usefixtures("scene")


@pytest.fixture
def scene(session: Session, world: World) -> Scene:
    """A campaign under way, with the members of B1 screened."""
    return reported.build(session, world)


def item_in(page: str) -> str:
    found = re.search(r"/submit/([0-9a-f-]{36})/", page)
    assert found is not None
    return found[1]


def test_a_branch_sees_its_table_with_the_header_tree_and_its_own_figures(sign_in: SignIn):
    page = sign_in("secretary").get("/submit").text

    assert "党员组织关系排查工作情况汇总表" in page
    assert 'rowspan="2"' in page
    assert 'colspan="3"' in page
    assert page.count("/cells/t7:01.") == 15


def test_the_day_under_the_table_has_its_year(sign_in: SignIn):
    page = sign_in("secretary").get("/submit").text

    assert re.search(r"报出日期：\d{4}年\d{1,2}月\d{1,2}日<", page)


def test_the_clerk_prepares_and_only_the_signer_files(sign_in: SignIn):
    page = sign_in("clerk").get("/submit").text

    assert "上报到北园社区党总支" in page
    assert "/file" not in page


def test_what_wants_a_sentence_stands_between_the_signer_and_the_button(sign_in: SignIn):
    client = sign_in("secretary")
    page = client.get("/submit").text
    while "还差：" in page:
        rules = re.findall(
            r'name="rule" value="([^"]+)".*?<textarea[^>]*>([^<]*)<', page, re.DOTALL
        )
        rule = next(rule for rule, said in rules if not said)
        at = f"/submit/{item_in(page)}/explain"
        assert post(client, at, page, rule=rule, text="已逐人核实").status_code == 302
        page = client.get("/submit").text

    assert f'action="/submit/{item_in(page)}/file"' in page


def test_filing_gives_a_receipt_and_can_be_recalled(
    scene: Scene, sign_in: SignIn, session: Session
):
    played.file(session, scene)
    client = sign_in("secretary")
    page = client.get("/submit").text
    receipt = client.get(f"/submit/{item_in(page)}/receipt").text
    version = re.search(r'name="version" value="(\d+)"', receipt)
    assert version is not None

    back = post(client, f"/submit/{item_in(page)}/recall", receipt, version=version[1])

    assert "校验码" in receipt
    assert back.status_code == 302
    assert "尚未上报" in client.get("/submit").text


def test_a_stale_page_files_nothing(scene: Scene, sign_in: SignIn, session: Session):
    client = sign_in("secretary")
    page = client.get("/submit").text
    item = item_in(page)
    played.file(session, scene)

    assert post(client, f"/submit/{item}/recall", page, version=1).status_code == 409
    assert post(client, f"/submit/{item}/file", page, version=1).status_code == 409


def test_a_typed_figure_needs_a_reason_and_shows_from_then_on(sign_in: SignIn):
    client = sign_in("clerk")
    page = client.get("/submit").text
    at = f"/submit/{item_in(page)}/override"
    refused = post(client, at, page, cell="t7:01.8", value="9", reason=" ")
    taken = post(client, at, page, cell="t7:01.8", value="9", reason="证件另有台账")

    assert refused.status_code == 422
    assert taken.status_code == 302
    assert "证件另有台账" in client.get("/submit").text


def test_a_figure_that_is_no_number_is_told_so(sign_in: SignIn):
    client = sign_in("clerk")
    page = client.get("/submit").text

    answer = post(
        client, f"/submit/{item_in(page)}/override", page, cell="t7:01.8", value="九", reason="x"
    )

    assert answer.status_code == 422
    assert "请填整数" in answer.text


def test_a_figure_opens_to_its_persons(sign_in: SignIn):
    client = sign_in("clerk")
    item = item_in(client.get("/submit").text)
    page = client.get(f"/submit/{item}/cells/t7:01.11").text
    part = client.get(f"/submit/{item}/cells/t7:01.11", headers={"HX-Request": "true"}).text

    assert "丁一甲" in page
    assert "丁三甲" not in page
    assert "<html" not in part
    assert client.get(f"/submit/{item}/cells/t7:99.9").status_code == 404


def test_a_register_lists_the_persons_and_masks_their_numbers(sign_in: SignIn):
    page = sign_in("clerk").get("/submit?table=t6").text

    assert "丁二甲" in page
    assert "丁一甲" not in page.partition("<aside")[0].partition("official")[2]
    assert played.id_number(1) not in page


def test_a_returned_filing_is_answered_remark_by_remark(
    scene: Scene, sign_in: SignIn, session: Session
):
    played.file(session, scene)
    reported.send_back(session, scene, "general", "B1", "t7:01.11")
    client = sign_in("secretary")
    told = client.get("/inbox").text
    page = client.get("/submit/answers").text
    item = item_in(page)
    refused = post(client, f"/submit/{item}/answer", page, number=1, kind="explained", text="")
    post(client, f"/submit/{item}/answer", page, number=1, kind="explained", text="已核对台账")
    page = client.get("/submit/answers").text

    assert "被退回，有 1 条批注要答复" in told
    assert refused.status_code == 422
    assert "已答：已说明" in page
    assert "还差 1 条" not in page


@pytest.mark.parametrize("who", ["auditor", "system", "sector"])
def test_who_prepares_no_report_finds_no_page(sign_in: SignIn, who: str):
    assert sign_in(who).get("/submit").status_code == 404


@pytest.mark.parametrize("who", ["sibling", "organiser", "reviewer", "other"])
def test_the_return_of_another_unit_does_not_open(sign_in: SignIn, who: str):
    item = item_in(sign_in("clerk").get("/submit").text)
    client = sign_in(who)
    page = client.get("/submit").text

    for at in ("receipt", "cells/t7:01.1"):
        assert client.get(f"/submit/{item}/{at}").status_code in (403, 404)
    for act in ("explain", "override", "answer", "file", "recall"):
        assert post(client, f"/submit/{item}/{act}", page, version=1).status_code in (403, 404)


def test_a_form_without_a_token_changes_nothing(sign_in: SignIn):
    client = sign_in("secretary")
    item = item_in(client.get("/submit").text)

    assert client.post(f"/submit/{item}/file", data={"version": 1}).status_code == 400


def test_a_text_is_filed_on_its_own_page(sign_in: SignIn):
    page = sign_in("secretary").get("/submit?deliverable=plan").text

    assert "<textarea" in page
    assert 'name="narrative"' in page


def test_the_top_closes_its_own_summary_and_is_told_what_it_waits_for(sign_in: SignIn):
    page = sign_in("city").get("/submit").text

    assert "形成本级汇总" in page
    assert "个下级单位没有通过审核" in page
    assert "还差：" in page


@pytest.mark.parametrize("who", ["organiser", "committee", "reviewer", "leader", "inspector"])
def test_every_level_above_has_its_own_desk(sign_in: SignIn, who: str):
    client = sign_in(who)

    for table in ("t7", "t4", "t6"):
        assert client.get(f"/submit?table={table}").status_code == 200
