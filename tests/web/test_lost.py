from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests import scene as played
from tests.web.clicking import after, post

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session

    from tests.web.conftest import SignIn
    from tests.web.world import World

ATTEMPT = {"on": "2026-11-01", "channel": "visit", "result": "not_reached", "responsible": "何建国"}


@pytest.fixture
def _screened(session: Session, world: World) -> None:
    """A branch that has been screened: two are lost, one of them was found."""
    played.screen(session, played.build(session, world))


def case_of(client: FlaskClient, name: str) -> str:
    found = re.search(rf'href="(/lost/[^"]+)">{name}<', client.get("/lost").text)
    assert found is not None
    return found[1]


def version_of(client: FlaskClient, at: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', client.get(at).text)
    assert found is not None
    return found[1]


@pytest.mark.usefixtures("_screened")
def test_the_list_says_how_many_are_found_and_how_the_search_goes(sign_in: SignIn):
    page = sign_in("clerk").get("/lost").text
    assert "失联 2 人，都有查找结果" in page
    assert "取得联系 1 人，仍无法取得联系 1 人" in page


@pytest.mark.usefixtures("_screened")
def test_one_question_follows_the_other_and_the_last_writes(sign_in: SignIn):
    client = sign_in("clerk")
    case = case_of(client, "丁二甲")
    assert "哪天联系的" in client.get(f"{case}/contact").text
    answers: dict[str, str] = {}
    for step, (name, next_) in enumerate(
        (("on", "什么渠道"), ("channel", "结果如何"), ("result", "谁去联系的"))
    ):
        answers[name] = ATTEMPT[name]
        page = post(client, f"{case}/contact", step=str(step), **answers)
        assert next_ in page.text
        assert f"第 {step + 2} 步，共 4 步" in page.text
    log = after(client, f"{case}/contact", step="3", course="邻居说已搬走", **ATTEMPT)
    assert "这次联系已记下" in log
    assert "邻居说已搬走" in log


@pytest.mark.usefixtures("_screened")
@pytest.mark.parametrize(
    ("step", "wrong", "told"),
    [
        ("0", {"on": "2099-01-01"}, "在今天之后"),
        ("0", {"on": "上周"}, "看不出是哪一天"),
        ("1", {"on": "2026-11-01", "channel": "owl"}, "请选一种渠道"),
        ("2", {**ATTEMPT, "result": ""}, "请选一种结果"),
        ("3", {**ATTEMPT, "responsible": " "}, "请写明谁去联系的"),
        ("3", {**ATTEMPT, "channel": "owl"}, "请选一种渠道"),
    ],
)
def test_a_wrong_answer_is_asked_again_and_nothing_is_written(
    sign_in: SignIn, step: str, wrong: dict[str, str], told: str
):
    client = sign_in("clerk")
    case = case_of(client, "丁二甲")
    before = client.get(case).text.count('<span class="node"')
    answer = post(client, f"{case}/contact", step=step, **wrong)
    assert answer.status_code == 422
    assert told in answer.text
    assert client.get(case).text.count('<span class="node"') == before


@pytest.mark.usefixtures("_screened")
def test_one_step_back_keeps_what_was_answered(sign_in: SignIn):
    client = sign_in("clerk")
    case = case_of(client, "丁二甲")
    given = {"on": "2026-11-01", "channel": "visit"}
    page = post(client, f"{case}/contact", step="2", back="1", **given).text
    assert re.search(r'value="visit" checked', page)
    assert 'name="on" value="2026-11-01"' in page


@pytest.mark.usefixtures("_screened")
def test_found_later_the_person_changes_the_register(sign_in: SignIn):
    client = sign_in("clerk")
    case = case_of(client, "丁二甲")
    page = after(
        client, f"{case}/outcome", version=version_of(client, case), outcome="found",
        found_on="2026-11-18", wish="愿意回来",
    )  # fmt: skip
    assert "查找结果已记下" in page
    assert "取得联系 2 人" in client.get("/lost").text
    wrong = post(client, f"{case}/outcome", version=version_of(client, case), outcome="?")
    assert wrong.status_code == 422


@pytest.mark.usefixtures("_screened")
def test_a_committee_reads_the_log_and_writes_nothing(sign_in: SignIn):
    client = sign_in("organiser")
    case = case_of(client, "丁二甲")
    page = client.get(case).text
    assert "联系记录" in page
    assert "记一次联系" not in page
    assert client.get(f"{case}/contact").status_code == 404
    assert post(client, f"{case}/outcome", version="1", outcome="found").status_code == 404


@pytest.mark.usefixtures("_screened")
def test_a_case_is_not_there_for_others(sign_in: SignIn):
    case = case_of(sign_in("clerk"), "丁二甲")
    for who in ("sibling", "other", "reviewer", "city", "system"):
        outsider = sign_in(who)
        for step in ("", "/contact"):
            answer = outsider.get(f"{case}{step}")
            assert answer.status_code == 404
            assert "丁二甲" not in answer.text
        assert post(outsider, f"{case}/contact", step="3", **ATTEMPT).status_code == 404
