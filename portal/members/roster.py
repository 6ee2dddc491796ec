"""What a column of the roster is: the field, its titles, the other titles in use, its reader.

The first nineteen are those of 党员基本信息汇总表 in their order (forms.md §1.3). Titles are
matched by name and synonym, so a workbook may have its columns in any order and under other names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portal.core.precision import Day
from portal.core.words import Words
from portal.members import cells, codes, dates, tidy
from portal.members.masking import masked_address, masked_id, masked_phone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from portal.members.cells import Reader

RESULT_TITLE = "系统检查结果（上传时忽略此列）"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `stored` is False for what only helps to read a row."""

    field: str
    words: Words
    read: Reader
    also: tuple[str, ...] = ()
    stored: bool = True
    mask: Callable[[str], str] | None = None


def _column(field: str, zh: str, en: str, read: Reader, also: str = "", **options: Any) -> Column:
    reader = cells.unless_masked(read) if options.get("mask") else read
    return Column(field, Words(zh, en), reader, tuple(also.split()), **options)


COLUMNS: tuple[Column, ...] = (
    _column("name", "姓名", "Name", cells.person_name, "党员姓名 名字 姓名(必填)"),
    _column(
        "branch_name", "所在党支部", "Branch", cells.text(200),
        "党支部 所属党支部 支部名称 所在支部 所属支部 党支部名称 党支部全称 所在党支部名称",
        stored=False,
    ),
    _column(
        "id_number", "公民身份证号", "ID number", cells.id_number,
        "身份证号 身份证号码 公民身份号码 公民身份证号码 居民身份证号 居民身份证号码 "
        "身份证 证件号码",
        mask=masked_id,
    ),
    _column("gender", "性别", "Sex", cells.coded(codes.GENDER, "性别", "Sex"), "gender"),
    _column(
        "ethnicity", "民族", "Ethnicity", cells.coded(codes.ETHNICITY, "民族", "Ethnicity"), "族别"
    ),
    _column(
        "born", "出生日期", "Born", dates.day,
        "出生年月 出生年月日 出生时间 生日 出生 birthday",
    ),
    _column(
        "education", "学历", "Education", cells.education,
        "文化程度 最高学历 学历层次 现学历 全日制学历",
    ),
    _column(
        "standing", "人员类别", "Standing", cells.coded(codes.STANDING, "人员类别", "Standing"),
        "党员类别 党员类型 党籍状态(正式党员或预备党员) 正式或预备 正式/预备 党员身份 政治面貌",
    ),
    _column(
        "joined", "加入党组织日期", "Joined", dates.day,
        "入党时间 入党日期 入党年月 加入党组织时间 加入中共时间 加入中国共产党时间",
    ),
    _column(
        "confirmed", "转为正式党员日期", "Confirmed", dates.day,
        "转正时间 转正日期 转正年月 转为正式党员时间 预备党员转正时间",
    ),
    _column(
        "occupation", "工作岗位", "Occupation", cells.occupation, "岗位 职业 从事岗位 现职业"
    ),
    _column(
        "phone", "手机号", "Mobile", cells.mobile,
        "手机 手机号码 移动电话 联系电话 联系方式 电话 电话号码 本人联系电话 "
        "党员本人联系电话",
        mask=masked_phone,
    ),
    _column(
        "landline", "固定电话", "Landline", cells.phone, "座机 固话 办公电话 家庭电话 固定电话号码",
        mask=masked_phone,
    ),
    _column(
        "address", "家庭住址", "Address", cells.text(300),
        "住址 家庭地址 现住址 居住地址 现居住地 现居住地址 家庭现住址 通讯地址",
        mask=masked_address,
    ),
    _column(
        "membership", "党籍状态", "Membership",
        cells.coded(codes.MEMBERSHIP, "党籍状态", "Membership"), "党籍情况 党籍",
    ),
    _column(
        "lost_marked", "是否为失联党员", "Lost contact", cells.yes_no,
        "是否失联 是否失联党员 失联党员 是否失去联系",
    ),
    _column(
        "lost_since", "失去联系日期", "Lost since", dates.day,
        "失联日期 失联时间 失去联系时间 失联起始时间",
    ),
    _column(
        "floating_marked", "是否为流动党员", "Floating", cells.yes_no,
        "是否流动党员 流动党员 是否流动 是否外出流动党员",
    ),
    _column(
        "destination", "外出流向", "Destination", cells.text(120),
        "流向 外出地点 外出地 流出地 外出去向 流动去向",
    ),
    _column(
        "staff_number", "学工号", "Staff number", cells.staff_number,
        "工号 学号 职工号 教工号 工作证号 学号/工号 工号/学号 人员编号 员工编号",
    ),
    _column(
        "branch_code", "党支部编码", "Branch code", cells.staff_number,
        "所在党支部编码 支部编码 党支部代码 支部代码 党组织编码 所在党支部代码", stored=False,
    ),
    _column(
        "party_post", "党内职务", "Party post", cells.text(60), "支部职务 党内任职 支部任职"
    ),
    _column(
        "dues_until", "党费交至", "Dues paid until", dates.day,
        "党费缴至 党费已交至 党费交到 党费已交到 党费缴纳至年月 党费交纳至 党费缴纳至 党费交至年月",
    ),
    _column(
        "last_meeting", "最近参加组织生活", "Last branch meeting", dates.day,
        "最近参加组织生活日期 最近参加组织生活时间 最近一次参加组织生活时间 "
        "最近一次参加组织生活日期",
    ),
    _column(
        "tie", "组织关系状态", "Relation", cells.coded(codes.TIE, "组织关系状态", "Relation"),
        "在册情况 关系状态",
    ),
    _column(
        "letter_number", "介绍信编号", "Letter number", cells.text(40), "介绍信号"
    ),
    _column(
        "letter_issued", "介绍信开具日期", "Letter issued", dates.day,
        "介绍信开具时间 介绍信日期 开具日期 办理时间",
    ),
    _column("remark", "备注", "Remark", cells.text(500), "备注1 附注"),
    _column("serial", "序号", "No.", cells.text(40), "编号 行号 no number", stored=False),
    _column("age", "年龄", "Age", cells.text(40), "周岁", stored=False),
)  # fmt: skip

# Further titles of a field that also say how its cells are to be read.
_SPECIAL: tuple[tuple[str, str, Reader], ...] = (
    ("education", "学历代码(党统)", cells.education_code),
    ("education", "学历代码(gb/t4658)", cells.education_code_gb),
    ("education", "学历代码(gb/t4658-2006)", cells.education_code_gb),
)

BY_FIELD: Mapping[str, Column] = {column.field: column for column in COLUMNS}
STORED: tuple[Column, ...] = tuple(column for column in COLUMNS if column.stored)
SENSITIVE = frozenset(column.field for column in COLUMNS if column.mask)

LONG_NUMBER = re.compile(r"\d{7,}[\dXx]?")
"""What could be somebody's number, wherever it stands."""

_REMARKS = re.compile(r"\(.*?\)")
_MARKS = str.maketrans("", "", "*:：※")


def _titles() -> Iterable[tuple[str, Column]]:
    for column in COLUMNS:
        for title in (column.words.zh, column.words.en, *column.also):
            yield key(title), column


def key(title: str) -> str:
    """Return a title as it is compared: no blanks, half width, no asterisk or colon.

    >>> key(" * 姓　名："), key("手机号（必填）")
    ('姓名', '手机号(必填)')
    """
    return tidy.folded(title).translate(_MARKS)


_BY_TITLE: dict[str, Column] = {}
for _title, _found in _titles():
    if _BY_TITLE.setdefault(_title, _found) is not _found:
        raise ValueError(f"the title {_title!r} stands for two fields")
_READERS = {title: reader for _, title, reader in _SPECIAL}
_BY_TITLE |= {title: BY_FIELD[field] for field, title, _ in _SPECIAL}


def find(title: str) -> Column | None:
    """Return the column that a title names, with or without a remark in brackets, or None."""
    wanted = key(title)
    found = _BY_TITLE.get(wanted)
    return found or _BY_TITLE.get(_REMARKS.sub("", wanted))


def is_result(title: str) -> bool:
    """Tell whether `title` is that of the column a checked copy adds, which is never read."""
    return key(title) == key(RESULT_TITLE)


def reader(field: str, title: str) -> Reader:
    """Return how the cells under `title` are read for `field`."""
    return _READERS.get(key(title)) or BY_FIELD[field].read


def shown(field: str, value: Any) -> str:
    """Return a stored value as a roster writes it: the list's name, the day, 是 or 否."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Day):
        return value.text
    return codes.words(field, value).zh


def masked(field: str, text: str) -> str:
    """Return `text` as people see it who need not read an ID number, a phone or an address."""
    mask = BY_FIELD[field].mask if field in BY_FIELD else None
    return mask(text) if mask else text
