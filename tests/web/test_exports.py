from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import quote

import openpyxl
import pytest
from sqlalchemy import select

from portal.core import clock
from portal.exports.models import Export
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
    """A campaign in which two branches have screened and filed."""
    built = scene.build(session, world)
    scene.screen(session, built)
    scene.file(session, built)
    scene.leave(session, built)
    return built


def post(client: FlaskClient, address: str, **form: str) -> TestResponse:
    token = token_of(client.get("/me").text)
    return client.post(address, data={"csrf_token": token, **form})


def ask(client: FlaskClient, built: Scene, code: str, **form: str) -> TestResponse:
    address = f"/exports/{built.world.units[code].id}"
    return post(client, address, **{"table": "t7", "reason": "file", **form})


def link(client: FlaskClient, asked: TestResponse) -> str:
    """Return the link that fetches what was asked for, once."""
    answer = post(client, f"{asked.location}/link")
    assert answer.status_code == 303
    return answer.location


def take(client: FlaskClient, built: Scene, code: str, **form: str) -> TestResponse:
    asked = ask(client, built, code, **form)
    assert asked.status_code == 302
    return client.get(link(client, asked))


def version_on(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found is not None
    return found[1]


def test_the_workbook_keeps_its_name_in_chinese(under_way: Scene, sign_in: SignIn):
    answer = take(sign_in("clerk"), under_way, "B1")

    assert answer.status_code == 200
    said = answer.headers["Content-Disposition"]
    assert said.startswith("attachment; filename=")
    assert f"filename*=UTF-8''{quote('北园社区党支部 表7党员组织关系排查工作情况汇总表')}" in said
    assert openpyxl.load_workbook(BytesIO(answer.data)).active["A1"].value.endswith("汇总表")


def test_a_link_works_once(under_way: Scene, sign_in: SignIn):
    client = sign_in("clerk")
    address = link(client, ask(client, under_way, "B1"))

    assert client.get(address).status_code == 200
    again = client.get(address)
    assert again.status_code == 409
    assert "已经用过" in again.text


def test_a_link_is_dead_after_ten_minutes(under_way: Scene, sign_in: SignIn):
    client = sign_in("clerk")
    address = link(client, ask(client, under_way, "B1"))

    with clock.pinned(clock.now() + timedelta(minutes=11)):
        assert client.get(address).status_code == 409


def test_a_link_works_in_no_other_session_and_for_nobody_else(under_way: Scene, sign_in: SignIn):
    client = sign_in("clerk")
    address = link(client, ask(client, under_way, "B1"))

    assert sign_in("clerk").get(address).status_code == 409
    assert sign_in("secretary").get(address).status_code == 404
    assert sign_in("sibling").get(address).status_code == 404
    assert client.get(address).status_code == 200


def test_a_file_is_gone_after_a_day(under_way: Scene, sign_in: SignIn):
    client = sign_in("clerk")
    asked = ask(client, under_way, "B1")

    with clock.pinned(clock.now() + timedelta(hours=25)):
        answer = post(sign_in("clerk"), f"{asked.location}/link")
    assert answer.status_code == 409
    assert "24 小时" in answer.text


@pytest.fixture
def large(session: Session, under_way: Scene, sign_in: SignIn) -> tuple[FlaskClient, str]:
    """An organiser who asked for a list of two branches, and the page of that export."""
    scene.second_branch(session, under_way)
    scene.leave(session, under_way)
    organiser = sign_in("organiser")
    return organiser, ask(organiser, under_way, "H1", table="t2").location


def test_a_large_export_waits_for_another_person(large: tuple[FlaskClient, str], sign_in: SignIn):
    organiser, page = large
    committee = sign_in("committee")

    assert post(organiser, f"{page}/link").status_code == 409
    assert post(organiser, f"{page}/approve", version="1").status_code == 404
    assert "等您批准" in committee.get("/exports").text
    version = version_on(committee.get(page).text)
    assert post(committee, f"{page}/approve", version=version).status_code == 302
    address = post(organiser, f"{page}/link").location
    assert organiser.get(address).status_code == 200
    assert committee.get(address).status_code == 404


def test_what_was_turned_down_cannot_be_fetched(large: tuple[FlaskClient, str], sign_in: SignIn):
    organiser, page = large
    committee = sign_in("committee")
    version = version_on(committee.get(page).text)

    assert post(committee, f"{page}/refuse", version=version).status_code == 302
    assert post(organiser, f"{page}/link").status_code == 409
    assert "没有批准" in organiser.get("/exports").text


def test_a_superior_sees_who_took_what_below_and_others_do_not(under_way: Scene, sign_in: SignIn):
    asked = ask(sign_in("clerk"), under_way, "B1")

    listed = sign_in("organiser").get("/exports").text
    assert "下级导出" in listed
    assert "沈雪芬" in listed
    for who in ("sibling", "other"):
        client = sign_in(who)
        assert "沈雪芬" not in client.get("/exports").text
        assert client.get(asked.location).status_code == 404


def test_the_page_offers_only_tables_whose_names_this_reader_may_see(
    under_way: Scene, sign_in: SignIn
):
    address = f"/exports/{under_way.world.units['B1'].id}?table=t6"
    page = sign_in("inspector").get(address).text

    assert 'value="t6" selected' in page
    assert 'value="t4"' in page
    assert 'value="t2"' not in page
    assert 'value="t1"' not in page


def test_without_a_purpose_nothing_is_made(under_way: Scene, sign_in: SignIn, session: Session):
    answer = ask(sign_in("clerk"), under_way, "B1", reason="")

    assert answer.status_code == 422
    assert "请选导出用途" in answer.text
    assert session.scalars(select(Export)).all() == []


def test_without_the_token_of_the_form_nothing_is_made(under_way: Scene, sign_in: SignIn):
    assert ask(sign_in("clerk"), under_way, "B1", csrf_token="").status_code == 400


def test_names_that_stop_below_are_refused_with_a_sentence(under_way: Scene, sign_in: SignIn):
    answer = ask(sign_in("reviewer"), under_way, "B1", table="t2")

    assert answer.status_code == 403
    assert "不报到您这一级" in answer.text
    assert "丁一甲" not in answer.text


@pytest.mark.parametrize("who", ["sibling", "other", "system", "auditor"])
def test_what_is_out_of_reach_is_not_found(under_way: Scene, sign_in: SignIn, who: str):
    assert ask(sign_in(who), under_way, "B1").status_code == 404


def test_a_table_that_does_not_exist_is_not_found(under_way: Scene, sign_in: SignIn):
    assert ask(sign_in("clerk"), under_way, "B1", table="t99").status_code == 404


def test_sensitive_steps_ask_who_one_is(app):
    for step in ("table", "link", "approve", "refuse"):
        assert app.view_functions[f"exports.{step}"].page_fresh, step
