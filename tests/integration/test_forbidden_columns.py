"""A roster that asks for what is never kept: the column is not read, and the person is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal import access
from portal.core.database import transaction
from portal.core.errors import Invalid
from portal.documents import store
from portal.imports import service as imports
from portal.members.models import Member
from tests.rosters import number, xlsx
from tests.web import world as made

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

OPERATOR = access.operator(1)
NEVER = [
    "配偶姓名",
    "父亲电话",
    "信用评分",
    "证件照",
    "GPS定位",
    "病史",
    "家庭收入",
    "微信号",
    "Spouse",
]


@pytest.fixture(autouse=True)
def _files(tmp_path: Path) -> None:
    store.put_in_place(tmp_path)


def roster(*titles: str) -> bytes:
    head = ["姓名", "公民身份证号", "性别", "民族", "爱好", *titles]
    return xlsx(
        ("名册", [head, ["某甲", number(1), "", "汉族", "下棋", *["不该登记" for _ in titles]]])
    )


@pytest.mark.parametrize("title", NEVER)
def test_the_column_is_not_read_and_all_others_are(session: Session, title: str):
    unit = made.build(session).units["B1"]
    with transaction(session):
        upload = imports.receive(session, OPERATOR, session.merge(unit), "名册.xlsx", roster(title))
        found = imports.inspect(session, OPERATOR, upload.id)
        imports.take_over(session, OPERATOR, upload.id, version=upload.version)
    [told] = [problem for problem in found.problems if problem.rule == "header-never"]
    assert title in told.words.zh
    assert "没有读入" in told.words.zh
    assert title not in found.labels
    member = session.scalars(select(Member)).one()
    assert member.name == "某甲"
    assert "下棋" in member.extra_json
    assert "不该登记" not in member.extra_json


@pytest.mark.parametrize(
    "title", ["宗教信仰", "是否信教", "参教情况", "Religion", "religious belief"]
)
def test_a_column_of_belief_turns_the_whole_workbook_away(session: Session, title: str):
    unit = made.build(session).units["B1"]
    with pytest.raises(Invalid, match="宗教信仰"), transaction(session):
        imports.receive(session, OPERATOR, session.merge(unit), "名册.xlsx", roster(title))


def test_it_cannot_be_read_by_saying_it_is_another_column(session: Session):
    unit = made.build(session).units["B1"]
    with transaction(session):
        upload = imports.receive(
            session, OPERATOR, session.merge(unit), "名册.xlsx", roster("配偶姓名")
        )
        imports.set_mapping(
            session, OPERATOR, upload.id, {"配偶姓名": "remark"}, version=upload.version
        )
        found = imports.inspect(session, OPERATOR, upload.id)
    assert "remark" not in found.mapping.values()
    assert "不该登记" not in str([draft.fields for draft in found.plan.drafts])
