from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from docx import Document

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
        client, f"{case}/outcome", version=version_of(client, f"{case}/ending"), outcome="found",
        found_on="2026-11-18", wish="愿意回来",
    )  # fmt: skip
    assert "已换登记表" in page
    assert "取得联系 2 人" in client.get("/lost").text
    wrong = post(
        client, f"{case}/outcome", version=version_of(client, f"{case}/ending"), outcome="?"
    )
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


@pytest.mark.usefixtures("_screened")
def test_all_searches_without_an_owner_are_assigned_at_once(sign_in: SignIn):
    client = sign_in("clerk")
    assert "2 人还没有查找责任人" in client.get("/lost").text
    page = after(client, "/lost/assign", responsible="何建国", due_on="2099-12-10")
    assert "已定 2 人的查找责任人和时限" in page
    assert "还没有查找责任人" not in client.get("/lost").text
    assert page.count("何建国") >= 2


@pytest.mark.usefixtures("_screened")
@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"responsible": "", "due_on": "2099-12-10"}, "由谁负责查找"),
        ({"responsible": "何建国", "due_on": "2020-01-01"}, "已经过去"),
        ({"responsible": "何建国", "due_on": "2099-12"}, "写到哪一天"),
        ({"responsible": "何建国", "due_on": ""}, "写到哪一天"),
    ],
)
def test_an_assignment_without_person_or_day_is_refused(
    sign_in: SignIn, typed: dict[str, str], told: str
):
    client = sign_in("clerk")
    case = case_of(client, "丁二甲")
    for address, more in (("/lost/assign", {}), (f"{case}/assign", {"version": "0"})):
        answer = post(client, address, **typed, **more)
        assert answer.status_code == 422
        assert told in answer.text
    assert "2 人还没有查找责任人" in client.get("/lost").text


@pytest.mark.usefixtures("_screened")
def test_what_was_typed_of_an_attempt_waits_until_it_is_saved_or_dropped(sign_in: SignIn):
    client = sign_in("clerk")
    case = case_of(client, "丁二甲")
    kept = post(client, f"{case}/draft", on="2026-11-02", channel="kin", course="胞弟答应转告")
    assert "草稿已存" in kept.text
    page = client.get(f"{case}/contact").text
    assert "接着上次没填完的" in page
    assert 'value="胞弟答应转告"' in page
    after(client, f"{case}/draft/drop")
    assert "胞弟答应转告" not in client.get(f"{case}/contact").text


@pytest.mark.usefixtures("_screened")
def test_a_colleague_sees_nothing_of_a_draft(sign_in: SignIn):
    clerk = sign_in("clerk")
    case = case_of(clerk, "丁二甲")
    post(clerk, f"{case}/draft", on="2026-11-02", course="胞弟答应转告")
    assert "胞弟答应转告" not in sign_in("secretary").get(f"{case}/contact").text


@pytest.mark.usefixtures("_screened")
def test_an_entry_is_put_right_by_another_that_refers_to_it(sign_in: SignIn):
    client = sign_in("clerk")
    case = case_of(client, "丁二甲")
    page = client.get(case).text
    link = re.search(rf'href="({case}/contact\?corrects=[^"]+)"', page)
    assert link is not None
    assert "更正 2026-11-18 的记录" in client.get(link[1]).text
    corrects = link[1].partition("=")[2]
    page = after(client, f"{case}/contact", step="3", corrects=corrects, **ATTEMPT)
    assert "更正已记下" in page
    assert page.count("已更正") == 1
    again = post(client, f"{case}/contact", step="3", corrects=corrects, **ATTEMPT)
    assert again.status_code == 422
    assert "已经更正过" in again.text


@pytest.mark.usefixtures("_screened")
def test_what_is_to_be_put_right_must_be_an_entry_of_this_search(sign_in: SignIn):
    client = sign_in("clerk")
    one, other = case_of(client, "丁二甲"), case_of(client, "丁一甲")
    found = re.search(r"corrects=([^\"]+)", client.get(one).text)
    assert found is not None
    for corrects in (found[1], "x"):
        assert client.get(f"{other}/contact?corrects={corrects}").status_code == 404


@pytest.mark.usefixtures("_screened")
def test_an_attempt_before_the_member_joined_is_refused(sign_in: SignIn):
    client = sign_in("clerk")
    case = case_of(client, "丁二甲")
    answer = post(client, f"{case}/contact", step="3", **{**ATTEMPT, "on": "2009-01-01"})
    assert answer.status_code == 422
    assert "早于入党时间" in answer.text


def _assigned(client: FlaskClient, name: str) -> str:
    after(client, "/lost/assign", responsible="何建国", due_on="2099-12-10")
    return case_of(client, name)


GOOD = {
    "reason": "外出换了号码", "conduct": "在外务工，守法", "explained": "yes", "attitude": "good",
    "wish": "stay", "adverse": "none", "inquired_on": "2026-11-19", "inquired_by": "何建国",
}  # fmt: skip


@pytest.mark.usefixtures("_screened")
def test_the_inquiry_proposes_how_the_identity_is_settled_and_a_person_decides(sign_in: SignIn):
    client = sign_in("clerk")
    case = _assigned(client, "丁一甲")
    version = version_of(client, f"{case}/inquiry")
    assert "调查核实已保存" in after(client, f"{case}/inquiry", version=version, **GOOD)
    page = client.get(f"{case}/ending").text
    assert "拟：确认党员身份" in page
    versions = re.findall(r'name="version" value="(\d+)"', page)
    page = after(client, f"{case}/identity", version=versions[-1], way="confirmed")
    assert "身份确认已记下" in page
    assert "纳入正常管理" in page


@pytest.mark.usefixtures("_screened")
def test_deciding_otherwise_than_the_answers_say_wants_a_reason(sign_in: SignIn):
    client = sign_in("clerk")
    case = _assigned(client, "丁一甲")
    version = version_of(client, f"{case}/inquiry")
    after(client, f"{case}/inquiry", version=version, **{**GOOD, "attitude": "poor"})
    version = re.findall(r'name="version" value="(\d+)"', client.get(f"{case}/ending").text)[-1]
    refused = post(client, f"{case}/identity", version=version, way="confirmed")
    assert refused.status_code == 422
    assert "写明理由" in refused.text
    impossible = post(client, f"{case}/identity", version=version, way="unreachable", note="x")
    assert "和查找结果相符" in impossible.text
    given = after(client, f"{case}/identity", version=version, way="confirmed", note="已谈话转变")
    assert "身份确认已记下" in given


@pytest.mark.usefixtures("_screened")
@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"adverse": "found", "conduct": ""}, "写明是什么表现"),
        ({"inquired_on": "2099-01-01"}, "在今天之后"),
        ({"attitude": "owl"}, "选一项"),
    ],
)
def test_a_faulty_inquiry_is_asked_again_with_what_was_typed(
    sign_in: SignIn, wrong: dict[str, str], told: str
):
    client = sign_in("clerk")
    case = _assigned(client, "丁一甲")
    version = version_of(client, f"{case}/inquiry")
    answer = post(client, f"{case}/inquiry", version=version, **{**GOOD, **wrong})
    assert answer.status_code == 422
    assert told in answer.text
    assert "外出换了号码" in answer.text
    assert "外出换了号码" not in client.get(f"{case}/inquiry").text


@pytest.mark.usefixtures("_screened")
def test_the_way_between_the_registers_stays_on_record(sign_in: SignIn):
    client = sign_in("clerk")
    case = case_of(client, "丁二甲")
    after(client, f"{case}/outcome", version=version_of(client, f"{case}/ending"),
          outcome="found", found_on="2026-11-18")  # fmt: skip
    page = client.get(f"{case}/history").text
    assert page.index("表5") < page.index("表6")


@pytest.mark.usefixtures("_screened")
@pytest.mark.parametrize(
    ("day", "told"), [("2099-01-01", "在今天之后"), ("2020-01-01", "早于最后一次联系")]
)
def test_a_day_of_finding_that_cannot_be_is_refused(sign_in: SignIn, day: str, told: str):
    client = sign_in("clerk")
    case = case_of(client, "丁二甲")
    answer = post(client, f"{case}/outcome", version=version_of(client, f"{case}/ending"),
                  outcome="found", found_on=day)  # fmt: skip
    assert answer.status_code == 422
    assert told in answer.text


@pytest.mark.usefixtures("_screened")
def test_the_paper_of_a_search_holds_its_log_and_no_whole_number(sign_in: SignIn):
    client = sign_in("clerk")
    case = _assigned(client, "丁一甲")
    assert post(client, f"{case}/paper", paper="whole").status_code == 422
    answer = post(client, f"{case}/paper", paper="whole", reason="archive")
    assert answer.status_code == 200
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]
    document = Document(BytesIO(answer.data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    assert "丁一甲" in cells
    assert "何建国" in cells
    assert any("编号" in each.text for each in document.sections[0].footer.paragraphs)
    assert not re.search(r"99\d{16}", " ".join(cells))
