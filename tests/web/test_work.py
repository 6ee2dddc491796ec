from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal.core import clock
from tests import scene as played
from tests.web import reported
from tests.web.clicking import post

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.scene import Scene
    from tests.web.conftest import SignIn
    from tests.web.world import World


@pytest.fixture
def scene(session: Session, world: World) -> Scene:
    """A campaign in which two branches have been screened."""
    return reported.build(session, world)


@pytest.mark.usefixtures("scene")
def test_the_first_line_says_how_many_workdays_are_left_and_to_whom_it_goes(sign_in: SignIn):
    with clock.pinned(played.AT):
        page = sign_in("clerk").get("/work").text
    assert "<h1>还有 3 个工作日上报</h1>" in page
    assert "截止 11月25日（周三）24:00，报北园社区党总支" in page
    assert "1 项已过期限" in page


@pytest.mark.usefixtures("scene")
def test_a_branch_has_a_row_for_every_table_and_the_screening(sign_in: SignIn):
    with clock.pinned(played.AT):
        page = sign_in("clerk").get("/work").text
    for table in range(1, 8):
        assert f">表{table}<" in page
    assert "全部查完" in page
    assert "5/5" in page


def test_what_came_back_stands_first_and_leads_to_its_remarks(
    sign_in: SignIn, session: Session, scene: Scene
):
    with clock.pinned(played.AT):
        client = sign_in("secretary")
        page = client.get("/submit").text
        item = scene.owed(session, "secretary", "B1").id
        session.rollback()
        answer = post(client, f"/submit/{item}/file", version=reported.version_in(page))
        assert answer.status_code == 302, answer.text
        assert "已上报" in client.get("/work").text
        session.expire_all()
        reported.send_back(session, scene, "general", "B1", "t7:01.8")
        page = client.get("/work").text
    assert "被退回，1 处批注待答" in page
    assert "失联合计与台账不一致" in page
    assert "/submit/answers?deliverable=tables" in page
    assert page.index("被退回") < page.index("要交的材料")


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("who", ["organiser", "reviewer", "leader", "inspector", "city"])
def test_superiors_see_what_waits_and_who_is_late(sign_in: SignIn, who: str):
    with clock.pinned(played.AT):
        page = sign_in(who).get("/work").text
    assert "等您审核" in page
    assert "过期没报" in page
    assert "丁一甲" not in page


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("who", ["system", "safety", "auditor", "sector"])
def test_administrators_have_no_tasks(sign_in: SignIn, who: str):
    assert sign_in(who).get("/work").status_code == 404


@pytest.mark.usefixtures("world")
def test_without_a_campaign_the_page_says_what_will_come(sign_in: SignIn):
    assert "还没有排查批次" in sign_in("clerk").get("/work").text
