from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest

from tests import rosters
from tests import scene as played
from tests.web.clicking import after, post
from tests.web.conftest import token_of

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session
    from werkzeug.test import TestResponse

    from tests.web.conftest import SignIn
    from tests.web.world import World


@pytest.fixture
def scene(session: Session, world: World) -> dict[str, str]:
    """A campaign with members; their ids by name."""
    known = {name: str(member.id) for name, member in played.build(session, world).members.items()}
    session.rollback()
    return known


def upload(
    client: FlaskClient,
    data: bytes,
    name: str = "名册.xlsx",
    *,
    in_place: bool = False,
    **more: str,
) -> TestResponse:
    token = token_of(client.get("/me").text)
    form = {"csrf_token": token, "file": (io.BytesIO(data), name), **more}
    headers = {"HX-Request": "true"} if in_place else {}
    return client.post("/import", data=form, headers=headers)


def checked(client: FlaskClient, data: bytes) -> str:
    """Upload and return where the faults are shown."""
    answer = upload(client, data)
    assert answer.status_code == 302, answer.text
    return answer.location


def version_of(client: FlaskClient, at: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', client.get(at).text)
    assert found is not None
    return found[1]


GOOD = rosters.roster(rosters.row(1), rosters.row(2))
FAULTY = rosters.roster(
    rosters.row(1), rosters.row(2, 公民身份证号="9901011987031000"), rosters.row(3, 出生日期=1987.1)
)


@pytest.mark.usefixtures("scene")
def test_a_roster_is_checked_taken_over_and_taken_back(sign_in: SignIn):
    client = sign_in("clerk")
    at = checked(client, GOOD)
    page = client.get(at).text
    assert "没有问题，可以导入" in page
    assert "导入 2 行" in page
    assert "王乙" not in client.get("/members").text
    done = after(client, f"{at}/take", version=version_of(client, at))
    assert "已导入：新增 2 人" in done
    assert "王乙" in client.get("/members").text
    assert "王乙" in client.get("/screening").text
    result = f"{at}/result"
    undone = after(client, f"{at}/undo", version=version_of(client, result))
    assert "这次导入已撤销" in undone
    assert "王乙" not in client.get("/screening").text


@pytest.mark.usefixtures("scene")
def test_faults_stand_in_the_user_s_own_cells_and_the_rest_goes_in(sign_in: SignIn):
    client = sign_in("clerk")
    at = checked(client, FAULTY)
    page = client.get(at).text
    assert re.search(r'<td id="B3" class="cell-bad"', page)
    assert re.search(r'<td id="D4" class="cell-ask"', page)
    assert "先导入 1 行" in page
    copy = client.get(f"{at}/copy")
    assert "attachment" in copy.headers["Content-Disposition"]
    assert rosters.cells_of(copy.data)["B3"].comment is not None


@pytest.mark.usefixtures("scene")
def test_a_question_is_answered_for_all_its_cells(sign_in: SignIn):
    client = sign_in("clerk")
    at = checked(client, FAULTY)
    after(client, f"{at}/answers", version=version_of(client, at), about="D4", answer="1987-10")
    assert 'class="cell-ask"' not in client.get(at).text
    wrong = post(client, f"{at}/answers", version=version_of(client, at), about="D4", answer="?")
    assert wrong.status_code == 422


def test_whom_the_file_does_not_name_is_asked_about_and_never_deleted(
    sign_in: SignIn, scene: dict[str, str]
):
    client = sign_in("clerk")
    at = checked(client, GOOD)
    page = client.get(f"{at}?tab=missing").text
    assert "丁一甲" in page
    assert "导入不会删人" in page
    who = scene["丁四甲"]
    after(
        client, f"{at}/answers", version=version_of(client, at), about=who, answer="died",
        on="2026-10-01", tab="missing",
    )  # fmt: skip
    after(client, f"{at}/take", version=version_of(client, at))
    assert "2026-10-01 离开名册：去世" in client.get(f"/members/{who}").text
    assert "丁一甲" in client.get("/members").text


@pytest.mark.usefixtures("scene")
def test_columns_put_right_are_remembered(sign_in: SignIn):
    client = sign_in("clerk")
    titles = ("党员", "公民身份证号", "性别", "出生日期", "人员类别", "加入党组织日期", "手机号")
    named = ("姓名", *titles[1:])
    data = rosters.roster(rosters.row(1), titles=[*named[:6], "联络"])
    at = checked(client, data)
    labels = [*named[:6], "联络"]
    fields = ["name", "id_number", "gender", "born", "standing", "joined", "phone"]
    form = {"csrf_token": token_of(client.get("/me").text), "version": version_of(client, at)}
    answer = client.post(f"{at}/columns", data={**form, "label": labels, "field": fields})
    assert answer.status_code == 302, answer.text
    again = checked(client, rosters.roster(rosters.row(2), titles=[*named[:6], "联络"]))
    assert "列 7/7 已对上" in client.get(again).text
    twice = client.post(
        f"{again}/columns",
        data={**form, "version": version_of(client, again), "label": labels,
              "field": ["name", "name", *fields[2:]]},
    )  # fmt: skip
    assert twice.status_code == 422


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize(
    ("data", "name", "told"),
    [
        (b"", "", "请选一个工作簿文件"),
        (b"hello", "notes.txt", "名册没有变化"),
        (rosters.xlsx(("空", [["甲"], ["乙"]])), "empty.xlsx", "没有找到表头"),
    ],
)
def test_a_file_that_is_no_roster_gets_a_sentence(
    sign_in: SignIn, data: bytes, name: str, told: str
):
    client = sign_in("clerk")
    for in_place in (False, True):
        answer = upload(client, data, name, in_place=in_place)
        assert answer.status_code == 422
        assert told in answer.text
        assert ("<html" in answer.text) is not in_place


@pytest.mark.usefixtures("scene")
def test_of_two_sheets_one_is_chosen(sign_in: SignIn):
    client = sign_in("clerk")
    two = rosters.xlsx(
        ("甲", [rosters.TITLES, rosters.row(1)]), ("乙", [rosters.TITLES, rosters.row(2)])
    )
    asked = upload(client, two, in_place=True)
    assert asked.status_code == 422
    assert "<option>乙</option>" in asked.text
    answer = upload(client, two, in_place=True, sheet="乙")
    assert answer.status_code == 204
    assert "工作表“乙”" in client.get(answer.headers["HX-Redirect"]).text


@pytest.mark.usefixtures("scene")
def test_the_same_file_again_changes_nothing(sign_in: SignIn):
    client = sign_in("clerk")
    at = checked(client, GOOD)
    after(client, f"{at}/take", version=version_of(client, at))
    assert checked(client, GOOD) == at
    page = client.get(f"{at}?again=1").text
    assert "0 / 0 /" in page


@pytest.mark.usefixtures("scene")
def test_an_upload_is_not_there_for_others(sign_in: SignIn):
    at = checked(sign_in("clerk"), GOOD)
    for who in ("sibling", "organiser", "reviewer", "inspector", "system"):
        outsider = sign_in(who)
        for step in ("", "/columns", "/copy", "/result"):
            assert outsider.get(f"{at}{step}").status_code == 404
        for step in ("/take", "/undo", "/answers"):
            assert post(outsider, f"{at}{step}", version="1").status_code == 404


@pytest.mark.usefixtures("scene")
def test_a_large_file_runs_as_a_job_that_can_be_stopped(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
):
    client = sign_in("clerk")
    settings = client.application.extensions["portal.settings"]
    small = settings.model_copy(update={"inline_rows": 1})
    monkeypatch.setitem(client.application.extensions, "portal.settings", small)
    at = checked(client, GOOD)
    assert "/import/jobs/" in at
    page = client.get(at).text
    assert "正在检查 2 行" in page
    assert 'hx-trigger="every 1s"' in page
    stopped = after(client, f"{at}/stop")
    assert "已停止，名册没有变化" in stopped
    assert sign_in("sibling").get(at).status_code == 404
