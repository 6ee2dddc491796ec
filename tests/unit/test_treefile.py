"""Reading a tree from a file, and putting its rows in order."""

from __future__ import annotations

import io
import random
from collections import Counter

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from portal.core.errors import Invalid
from portal.organizations import arranging, treefile
from portal.organizations.arranging import Standing
from portal.organizations.models import Kind

HEADER = "code,name,level,parent\n"
CITY = HEADER + "1,某市,city,\n11,某区,district,1\n111,某街道,street,11\n"


def kinds(text: str) -> dict[str, str]:
    placed = arranging.arrange(treefile.read(text.encode(), "t.csv").rows, {})
    return {each.row.code: each.kind.value for each in placed}


def problems(text: str, standing: dict[str, Standing] | None = None) -> list[str]:
    with pytest.raises(Invalid) as refused:
        arranging.arrange(treefile.read(text.encode(), "t.csv").rows, standing or {})
    return [problem.rule for problem in refused.value.problems]


def test_levels_of_a_division_list_become_levels_of_the_party():
    assert kinds(CITY + "1111,某村委会,village,111\n") == {
        "1": "city", "11": "district", "111": "committee", "1111": "branch",
    }  # fmt: skip


def test_a_village_may_hang_directly_under_a_district():
    assert kinds(CITY + "112,某村委会,village,11\n1111,某居委会,community,111\n")["112"] == "branch"


def test_children_may_come_before_their_parents():
    lines = (CITY + "1111,某村委会,village,111\n").splitlines()
    turned = "\n".join([lines[0], *reversed(lines[1:])])
    assert list(kinds(turned)) == ["1", "11", "111", "1111"]


def test_unknown_level_words_are_inferred_from_the_place_in_the_tree():
    text = "a,总公司,group,\nb,分公司,division,a\nc,车间,shop,b\nd,班组,team,c\n"
    assert kinds(HEADER + text) == {
        "a": "city", "b": "district", "c": "committee", "d": "branch",
    }  # fmt: skip


def test_a_village_with_something_beneath_it_is_a_general_branch():
    found = kinds(CITY + "1111,某村委会,village,111\n11111,第一网格,grid,1111\n")
    assert (found["1111"], found["11111"]) == ("general_branch", "branch")


def test_the_ends_of_a_tree_without_branches_are_its_branches():
    assert kinds(CITY)["111"] == "branch"
    assert kinds(HEADER + "1,某市,city,\n2,某区,district,1\n") == {"1": "city", "2": "branch"}


def test_a_street_without_villages_stays_a_committee_beside_one_that_has_some():
    assert kinds(CITY + "1111,甲村委会,village,111\n112,乙街道,street,11\n")["112"] == "committee"


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_line_ends_and_encodings_of_spreadsheets_are_read(ending: str, encoding: str):
    data = CITY.replace("\n", ending).encode(encoding)
    rows = treefile.read(data, "t.csv").rows
    assert [row.name for row in rows] == ["某市", "某区", "某街道"]


def test_blank_lines_and_semicolons_do_no_harm():
    data = CITY.replace(",", ";").replace("\n", "\n\n") + ";;;\n"
    assert len(treefile.read(data.encode(), "t.csv").rows) == 3


def test_columns_are_found_by_name_in_any_order_and_strange_ones_are_told():
    data = "上级编码,层级,颜色,名称,编码\n,市,红,某市,1\n1,村,,某村,2\n"
    read = treefile.read(data.encode(), "t.csv")
    assert read.unknown == ["颜色"]
    assert [(row.code, row.name, row.parent) for row in read.rows] == [
        ("1", "某市", ""), ("2", "某村", "1"),
    ]  # fmt: skip
    assert read.rows[0].kept == {"颜色": "红"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (CITY + "11,又一个,district,1\n", ["duplicate"]),
        (CITY + "9,孤儿,village,404\n", ["parent"]),
        (HEADER + "1,根,city,\n2,甲,x,3\n3,乙,x,2\n", ["cycle", "cycle"]),
        (HEADER + "1,根,city,\n2,甲,x,2\n", ["cycle"]),
        (HEADER + "1,根,city,\n2,另一根,city,\n", ["root"]),
    ],
)
def test_what_is_no_tree_is_refused(text: str, found: list[str]):
    assert problems(text) == found


def test_every_problem_names_its_row_in_both_languages():
    with pytest.raises(Invalid) as refused:
        arranging.arrange(treefile.read((CITY + "9,孤儿,village,404\n").encode(), "t.csv").rows, {})
    (problem,) = refused.value.problems
    assert problem.where == "第 5 行 (row 5)"
    assert "404" in problem.words.zh
    assert "404" in problem.words.en


def test_all_faults_are_told_at_once_and_a_flood_is_cut_short():
    flood = CITY + "".join(f"x{n},孤儿,village,404\n" for n in range(300))
    with pytest.raises(Invalid) as refused:
        arranging.arrange(treefile.read(flood.encode(), "t.csv").rows, {})
    assert len(refused.value.problems) == arranging.SHOWN + 1
    assert "200" in refused.value.problems[-1].words.zh


def test_a_missing_code_or_name_is_a_problem_of_that_row():
    text = CITY + ",没有编码,village,111\n2,,village,111\n"
    assert problems(text) == ["required", "required"]


def test_nothing_hangs_below_a_branch_that_stands():
    standing = {"B": Standing(Kind.BRANCH, 4), "D": Standing(Kind.DISTRICT, 2)}
    assert problems(HEADER + "x,新村,village,B\n", standing) == ["level"]
    rows = treefile.read((HEADER + "x,新村,village,D\n").encode(), "t.csv").rows
    assert len(arranging.arrange(rows, standing)) == 1


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"PK\x03\x04 not really", "a.xlsx", "读不出来"),
        (b"", "a.csv", "没有找到表头"),
        (b"name\n", "a.csv", "没有找到表头"),
        (HEADER.encode(), "a.csv", "表头下面没有内容"),
        (b"\xff\xfe\x00", "a.csv", "文字编码认不出"),
        (b"x" * (treefile.LARGEST + 1), "a.csv", "请分成几个文件导入"),
    ],
)
def test_what_is_no_file_of_units_is_refused_with_a_way_out(data: bytes, name: str, words: str):
    with pytest.raises(Invalid, match=words):
        treefile.read(data, name)


def workbook(lines: list[list[object]]) -> bytes:
    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept) as book:
        sheet = book.add_worksheet()
        for row, line in enumerate(lines):
            sheet.write_row(row, 0, line)
    return kept.getvalue()


def test_a_workbook_of_branches_is_read_by_its_headers():
    data = workbook(
        [
            ["党支部录入表"],
            ["党支部名称", "简称", "成立时间", "所属分党委", "所属分党委编码", "支部类别",
             "所在单位属性", "是否联合党支部(企业)", "联系电话", "传真", "我们的栏"],
            ["教育学院第一党支部", "教院一支部", "2017-09-01", "教育学部", "020100",
             "在职教工党支部",
             "事业单位", "是", "0580-2021234", "", "备注"],
        ]
    )  # fmt: skip
    read = treefile.read(data, "党支部录入.xlsx")
    (row,) = read.rows
    assert read.unknown == ["我们的栏"]
    assert (row.number, row.name, row.short, row.parent) == (
        3, "教育学院第一党支部", "教院一支部", "020100",
    )  # fmt: skip
    assert row.facts == {"category": "632", "sector": "5", "phone": "0580-2021234"}
    assert row.kept["成立时间"] == "2017-09-01"
    assert row.kept["我们的栏"] == "备注"


@given(st.integers(1, 60), st.integers(0, 10_000))
def test_any_tree_comes_out_whole_with_parents_first(size: int, seed: int):
    chance = random.Random(seed)
    parents = {n: chance.randrange(n) if n else None for n in range(size)}
    lines = [f"c{n},单位{n},,{'' if p is None else f'c{p}'}" for n, p in parents.items()]
    chance.shuffle(lines)
    rows = treefile.read((HEADER + "\n".join(lines)).encode(), "t.csv").rows
    placed = arranging.arrange(rows, {})
    seen: set[str] = set()
    for each in placed:
        assert not each.parent or each.parent in seen
        seen.add(each.row.code)
    assert len(placed) == size
    leaves = {f"c{n}" for n in parents} - {f"c{p}" for p in parents.values()}
    branches = {each.row.code for each in placed if each.kind == Kind.BRANCH}
    assert branches == leaves - {"c0"}
    assert Counter(each.kind for each in placed)[Kind.CITY] == 1
