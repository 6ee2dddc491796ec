from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import quote

import openpyxl
import pytest

from tests import scene
from tests.web.conftest import token_of

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session
    from werkzeug.test import TestResponse

    from tests.scene import Scene
    from tests.web.conftest import SignIn
    from tests.web.world import World


@pytest.fixture
def under_way(session: Session, world: World) -> Scene:
    """A campaign in which the branch B1 has screened and filed."""
    built = scene.build(session, world)
    scene.screen(session, built)
    scene.file(session, built)
    scene.leave(session, built)
    return built


def take(client: FlaskClient, built: Scene, code: str, **form: str) -> TestResponse:
    address = f"/exports/{built.world.units[code].id}"
    token = token_of(client.get("/me").text)
    sent = {"table": "t7", "reason": "file", "csrf_token": token, **form}
    return client.post(address, data=sent)


def test_the_workbook_keeps_its_name_in_chinese(under_way: Scene, sign_in: SignIn):
    answer = take(sign_in("clerk"), under_way, "B1")

    assert answer.status_code == 200
    said = answer.headers["Content-Disposition"]
    assert said.startswith("attachment; filename=")
    assert f"filename*=UTF-8''{quote('北园社区党支部 表7党员组织关系排查工作情况汇总表')}" in said
    assert openpyxl.load_workbook(BytesIO(answer.data)).active["A1"].value.endswith("汇总表")


def test_the_page_offers_only_tables_whose_names_this_reader_may_see(
    under_way: Scene, sign_in: SignIn
):
    address = f"/exports/{under_way.world.units['B1'].id}?table=t6"
    page = sign_in("inspector").get(address).text

    assert 'value="t6" selected' in page
    assert 'value="t4"' in page
    assert 'value="t2"' not in page
    assert 'value="t1"' not in page


def test_without_a_purpose_nothing_is_handed_out(under_way: Scene, sign_in: SignIn):
    answer = take(sign_in("clerk"), under_way, "B1", reason="")

    assert answer.status_code == 422
    assert "请选导出用途" in answer.text


def test_without_the_token_of_the_form_nothing_is_handed_out(under_way: Scene, sign_in: SignIn):
    assert take(sign_in("clerk"), under_way, "B1", csrf_token="").status_code == 400


def test_names_that_stop_below_are_refused_with_a_sentence(under_way: Scene, sign_in: SignIn):
    answer = take(sign_in("reviewer"), under_way, "B1", table="t2")

    assert answer.status_code == 403
    assert "不报到您这一级" in answer.text
    assert "丁一甲" not in answer.text


@pytest.mark.parametrize("who", ["sibling", "other", "system", "auditor"])
def test_what_is_out_of_reach_is_not_found(under_way: Scene, sign_in: SignIn, who: str):
    assert take(sign_in(who), under_way, "B1").status_code == 404


def test_a_table_that_does_not_exist_is_not_found(under_way: Scene, sign_in: SignIn):
    assert take(sign_in("clerk"), under_way, "B1", table="t99").status_code == 404
