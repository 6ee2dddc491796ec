from __future__ import annotations

from typing import Any

import pytest

from portal.core.precision import Day
from portal.members import cells, dates, roster

ID = "990101198703100014"


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("1987-03", "1987-03"),
        ("1987.03", "1987-03"),
        (1987.03, "1987-03"),
        (1987.2, "1987-02"),
        (1987.11, "1987-11"),
        (198703.0, "1987-03"),
        (19870307.0, "1987-03-07"),
        ("198703", "1987-03"),
        ("1987年3月", "1987-03"),
        ("1987年3月7日", "1987-03-07"),
        ("1987/3/7", "1987-03-07"),
        ("1987．3", "1987-03"),
        ("１９６６.1", "1966-01"),
        ("1987.10", "1987-10"),
        (" 1987 年 3 月 ", "1987-03"),
        ("1987-03-07 00:00:00", "1987-03-07"),
        (31840.0, "1987-03-04"),
        ("二〇一二年十二月", "2012-12"),
        ("贰零壹贰年叁月", "2012-03"),
        ("1987", "1987"),
    ],
)
def test_dates_are_read_as_precisely_as_they_were_written(raw: Any, day: str) -> None:
    read = dates.day(raw)
    assert read.fault is None
    assert read.value == Day(day)


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        ("87.3", "day-short-year"),
        ("87年3月", "day-short-year"),
        (87.3, "day-short-year"),
        ("1987-13", "day-calendar"),
        ("1987-02-30", "day-calendar"),
        ("很久以前", "day"),
        (1987.1, "day-ambiguous"),
    ],
)
def test_dates_that_nobody_can_be_sure_of_are_not_guessed(raw: Any, rule: str) -> None:
    read = dates.day(raw)
    assert read.value is None
    assert read.fault is not None
    assert read.fault.rule == rule


@pytest.mark.parametrize(
    "raw",
    [ID, f" {ID} ", "９９０１０１１９８７０３１０００１４", "990101 19870310 0014", f"\u200b{ID}",
     "990101870310001", 990101870310001.0, f"'{ID}"],
)  # fmt: skip
def test_an_id_number_is_read_through_what_was_typed_around_it(raw: Any) -> None:
    read = cells.id_number(raw)
    assert read.fault is None
    assert read.value == ID


@pytest.mark.parametrize(
    ("raw", "rule", "sentence"),
    [
        (9.90101198703100e17, "id-number-cell", "以数字保存，15 位以后已丢失"),
        ("9.9010119870310E+17", "id-number-cell", "以数字保存，15 位以后已丢失"),
        ("990101198703100015", "id-check", "校验码"),
        ("990101198713100014", "id-birth", "不是一个日子"),
        ("9901011987031000", "id-shape", "应为 18 位，这里是 16 位"),
    ],
)
def test_a_wrong_id_number_says_what_is_wrong(raw: Any, rule: str, sentence: str) -> None:
    fault = cells.id_number(raw).fault
    assert fault is not None
    assert fault.rule == rule
    assert sentence in fault.words.zh


@pytest.mark.parametrize(
    ("raw", "phone"),
    [
        (13900000001.0, "13900000001"),
        ("13900000001.0", "13900000001"),
        ("+8613900000001", "13900000001"),
        ("139-0000-0001", "13900000001"),
        ("１３９０００００００１", "13900000001"),
    ],
)
def test_a_mobile_number_is_written_one_way(raw: Any, phone: str) -> None:
    read = cells.mobile(raw)
    assert (read.value, read.fault) == (phone, None)


def test_an_odd_phone_number_is_kept_and_pointed_out() -> None:
    read = cells.mobile("0571-88000001")
    assert read.value == "0571-88000001"
    assert read.fault is not None
    assert read.fault.severity == cells.WARNING


@pytest.mark.parametrize(
    ("field", "raw", "code"),
    [
        ("ethnicity", "汉", "01"), ("ethnicity", "汉族", "01"), ("ethnicity", 1.0, "01"),
        ("ethnicity", "崩龙族", "46"), ("ethnicity", "57", "97"), ("ethnicity", "畲 族", "22"),
        ("education", "大学专科", "22"), ("education", "本科", "21"), ("education", "1A", "1A"),
        ("education", "硕士研究生", "12"), ("standing", "预备", "probationary"),
        ("standing", "中共党员", "full"), ("gender", "男", "1"),
        ("membership", "停止党籍", "stopped"),
        ("lost_marked", "是", True), ("lost_marked", "无", False), ("floating_marked", "否", False),
    ],
)  # fmt: skip
def test_codes_are_read_by_name_first(field: str, raw: Any, code: Any) -> None:
    assert roster.BY_FIELD[field].read(raw).value == code


@pytest.mark.parametrize(
    ("field", "raw", "rule"),
    [
        ("ethnicity", "火星族", "ethnicity"),
        ("education", 22.0, "education-code"),
        ("standing", "1", "standing"),
        ("lost_marked", "也许", "yes-no"),
        ("party_post", "长" * 61, "too-long"),
    ],
)
def test_what_is_on_no_list_is_refused_with_a_way_out(field: str, raw: Any, rule: str) -> None:
    fault = roster.BY_FIELD[field].read(raw).fault
    assert fault is not None
    assert fault.rule == rule
    assert fault.words.en


def test_an_education_code_needs_the_name_of_its_list() -> None:
    assert roster.reader("education", "学历代码（党统）")("22").value == "22"
    assert roster.reader("education", "学历代码（GB/T 4658）")(22.0).value == "21"


@pytest.mark.parametrize(
    ("raw", "name"), [("王　强", "王强"), ("阿依·古丽", "阿依·古丽"), ("阿依•古丽", "阿依·古丽")]
)
def test_names_lose_padding_and_keep_one_middle_dot(raw: str, name: str) -> None:
    assert cells.person_name(raw).value == name


@pytest.mark.parametrize("raw", ["", "无", "—", " - ", "／"])
def test_nothing_is_written_in_many_ways(raw: str) -> None:
    for field in ("remark", "born", "phone", "id_number", "ethnicity"):
        assert roster.BY_FIELD[field].read(raw) == cells.NOTHING


@pytest.mark.parametrize(
    ("title", "field"),
    [
        ("学工号", "staff_number"), ("身份证号码", "id_number"), ("党籍状态", "membership"),
        ("党籍状态（正式党员或预备党员）", "standing"), ("转正时间", "confirmed"),
        ("*姓 名：", "name"), ("手机号（11位）", "phone"), ("备注1", "remark"),
        ("党支部编码", "branch_code"), ("Born", "born"),
    ],
)  # fmt: skip
def test_titles_are_found_by_name_and_synonym(title: str, field: str) -> None:
    column = roster.find(title)
    assert column is not None
    assert column.field == field


def test_an_unknown_title_is_nobodys() -> None:
    assert roster.find("党内奖励") is None
