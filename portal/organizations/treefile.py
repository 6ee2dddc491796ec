"""Reading a tree from a file: a division list as CSV, or a workbook of branches.

Pure: it turns bytes into rows and says what no tree could come from. What the rows mean for a
tree that already stands is decided in `portal.organizations.arranging`.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from portal.core.errors import Invalid, Problem
from portal.core.words import Words
from portal.documents import workbook

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LARGEST = 32 * 1024 * 1024
HEADER_WITHIN = 15

_TITLES = {
    "code": "code 编码 代码 编号 组织编码 组织代码 党组织编码 党组织代码 支部编码 党支部编码 "
    "区划代码 统计用区划代码",
    "name": "name 名称 全称 组织名称 组织全称 党组织名称 党支部名称 支部名称 full_name",
    "short": "简称 short_name 组织简称 党组织简称",
    "level": "level kind 层级 级别 党组织层级 组织层级",
    "parent": "parent parent_code 上级 上级编码 上级代码 父级 父级编码 上级党组织编码 "
    "所属分党委编码 所属党委编码 所属党组织编码 所属总支编码",
    "parent_name": "parent_name 所属分党委 所属党委 所属党组织 所属总支 上级名称 上级党组织 "
    "上级党组织名称",
    "category": "组织类别 category",
    "sector": "党组织类别 sector",
    "first_responsible": "第一责任人 书记 党组织书记 支部书记 first_responsible",
    "directly_responsible": "直接责任人 directly_responsible",
    "liaison": "联系人 党组织联系人 liaison",
    "phone": "联系电话 电话 办公电话 phone",
    "founded": "成立时间 成立日期",
    "type": "支部类别 支部类型",
    "nature": "所在单位属性 单位属性 单位性质类别",
    "staff": "是否是教工党支部 是否教工党支部",
    "teachers": "是否是专业教师党支部",
    "team": "是否建立在团队",
    "large": "是否为大中型(企业)",
    "state_owned": "是否国有独资(企业)",
    "joint": "是否联合党支部(企业) 是否联合党支部",
    "fax": "传真",
    "mail": "邮箱 电子邮箱",
}
_FIELDS = {title: name for name, titles in _TITLES.items() for title in titles.split()}
_OWN = {"code", "name", "short", "level", "parent", "parent_name", "category", "sector",
        "first_responsible", "directly_responsible", "liaison", "phone"}  # fmt: skip
_NO_PARENT = {"", "0", "-", "--", "null", "none", "nan", "无"}


@dataclass(frozen=True, slots=True)
class Row:
    """One unit as the file states it. `kept` is what has no field of its own, by its title."""

    number: int
    code: str
    name: str
    level: str = ""
    parent: str = ""
    parent_name: str = ""
    short: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """Return where in the file it stands."""
        return f"第 {self.number} 行 (row {self.number})"


@dataclass(frozen=True, slots=True)
class TreeFile:
    """The rows of a file, and the titles of columns nobody knew."""

    rows: list[Row]
    unknown: list[str]


def read(data: bytes, filename: str) -> TreeFile:
    """Return the units that a file states, in its order.

    Raises:
        Invalid: it is no CSV and no workbook, has no header we know, or no row beneath it.
    """
    if len(data) > LARGEST:
        _refuse(
            filename,
            f"文件超过 {LARGEST >> 20} MB。请分成几个文件导入；没有导入任何内容",
            f"is larger than {LARGEST >> 20} MB. Import it in parts; nothing was imported",
        )
    lines = _csv(data, filename) if filename.lower().endswith((".csv", ".txt")) else None
    if lines is None:
        lines = _workbook(data, filename)
    top, fields = _header(lines, filename)
    titles = [text.strip() for text in lines[top]]
    unknown = [title for title in titles if title and _plain(title) not in _FIELDS]
    rows = [
        _row(number, titles, fields, cells)
        for number, cells in enumerate(lines[top + 1 :], start=top + 2)
        if any(cell.strip() for cell in cells)
    ]
    if not rows:
        _refuse(
            filename,
            "表头下面没有内容。请填好后再导入",
            "has a header and nothing beneath it. Fill it in and import it again",
        )
    return TreeFile(rows, unknown)


def _refuse(where: str, zh: str, en: str) -> None:
    raise Invalid(Problem(where, Words(zh, en), "file"))


def _csv(data: bytes, filename: str) -> list[list[str]]:
    text = _decoded(data, filename).replace("\0", "")
    first = text.split("\n", 1)[0]
    mark = max(",;\t", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
    except csv.Error:
        _refuse(
            filename,
            "不是可读的 CSV（引号不成对或单元格过长）。请用表格软件另存为 CSV 再导入",
            "is not a readable CSV (quotes that do not close). Save it as CSV again",
        )
        raise


def _decoded(data: bytes, filename: str) -> str:
    wide = data[:2] in {b"\xff\xfe", b"\xfe\xff"}
    for encoding in ["utf-16"] if wide else ["utf-8-sig", "gb18030"]:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    _refuse(
        filename,
        "文字编码认不出。请另存为 UTF-8 的 CSV 再导入",
        "is in an encoding we cannot read. Save it as CSV in UTF-8",
    )
    raise AssertionError


def _workbook(data: bytes, filename: str) -> list[list[str]]:
    sheets = workbook.read(data, filename, workbook.WIDE)
    lines = [[[_text(cell) for cell in line] for line in sheet.rows] for sheet in sheets]
    return max(lines, key=_best, default=[])


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _plain(title: str) -> str:
    return re.sub(r"[\s*＊]", "", unicodedata.normalize("NFKC", title)).lower()


def _known(cells: Iterable[str]) -> int:
    return len({_FIELDS[_plain(cell)] for cell in cells if _plain(cell) in _FIELDS})


def _best(lines: Sequence[Sequence[str]]) -> int:
    return max((_known(cells) for cells in lines[:HEADER_WITHIN]), default=0)


def _header(lines: Sequence[list[str]], filename: str) -> tuple[int, dict[str, int]]:
    top = max(
        range(min(len(lines), HEADER_WITHIN)), key=lambda n: (_known(lines[n]), -n), default=0
    )
    fields: dict[str, int] = {}
    for column, title in enumerate(lines[top] if lines else []):
        if _plain(title) in _FIELDS:
            fields.setdefault(_FIELDS[_plain(title)], column)
    if "name" not in fields or not fields.keys() & {"parent", "parent_name", "level"}:
        _refuse(
            filename,
            "前 15 行里没有找到表头。需要“名称”和“上级”两列（CSV 为 code,name,level,parent）",
            "has no header in its first 15 rows: it takes the columns code, name, level, parent",
        )
    return top, fields


def _row(number: int, titles: list[str], fields: dict[str, int], cells: list[str]) -> Row:
    given = {
        name: cells[column].strip() if column < len(cells) else ""
        for name, column in fields.items()
    }
    columns = {column for name, column in fields.items() if name in _OWN}
    kept = {
        title: cells[column].strip()
        for column, title in enumerate(titles)
        if column not in columns and column < len(cells) and title and cells[column].strip()
    }
    parent = given.get("parent", "")
    return Row(
        number=number,
        code=given.get("code", ""),
        name=given["name"],
        level=given["level"] if "level" in given else _branch_level(given),
        parent="" if parent.lower() in _NO_PARENT else parent,
        parent_name=given.get("parent_name", ""),
        short=given.get("short", ""),
        facts=_facts(given),
        kept=kept,
    )


def _branch_level(given: dict[str, str]) -> str:
    words = given["name"] + given.get("type", "")
    return "general_branch" if "总支" in words else "branch"


def _facts(given: dict[str, str]) -> dict[str, str]:
    own = ("category", "sector", "first_responsible", "directly_responsible", "liaison", "phone")
    facts = {name: given[name] for name in own if given.get(name)}
    if given.get("joint") == "是":
        facts.setdefault("category", "632")
    told = _sector(given)
    return {"sector": told, **facts} if told else facts


def _sector(given: dict[str, str]) -> str:
    text = given.get("nature", "") + given.get("type", "")
    signs = (
        ("5", "学校|高校|教工|学生|教师"), ("2", "非公|民营|私营|外资"),
        ("1", "国有|国企|公有"), ("3", "村|农"), ("4", "机关"),
        ("6", "事业"), ("7", "社区|居民|街道"), ("8", "社会组织|社会团体"),
    )  # fmt: skip
    return next((sector for sector, sign in signs if re.search(sign, text)), "")
