"""Workbooks in the look of an official table: title, header tree, code row, signatures, print.

Pure: values in, bytes out. Everything a person typed is written as a string and never becomes a
formula, an address or a number (security.md U6); who took the file away stands on the sheet, in
the print header and in the properties of the file (U8).
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import xlsxwriter

from portal.documents import unseen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_A4 = 9
_OF_WHICH = "其中"
_BY_COUNT = ("甲", "乙")
_FORBIDDEN_IN_SHEETS = str.maketrans("", "", "[]:*?/\\'")
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_LOOKS: dict[str, dict[str, Any]] = {
    "title": {"font_name": "黑体", "font_size": 18, "align": "center"},
    "line": {},
    "line_right": {"align": "right"},
    "head": {"font_name": "黑体", "align": "center", "text_wrap": True, "border": 1},
    "code": {"align": "center", "border": 1},
    "stub": {"text_wrap": True, "border": 1, "quote_prefix": True},
    "stub_middle": {"text_wrap": True, "border": 1, "align": "center"},
    "text": {"text_wrap": True, "border": 1, "quote_prefix": True},
    "figure": {"align": "right", "border": 1, "num_format": "#,##0"},
    "mark": {"font_size": 8, "font_color": "#808080"},
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its words from the outermost header down, its code, its width in characters."""

    path: tuple[str, ...]
    code: str
    width: float = 10


@dataclass(frozen=True, slots=True)
class Mark:
    """Who took the file away, for which unit, when, and under which number."""

    name: str
    unit: str
    at: datetime
    export: str

    @property
    def text(self) -> str:
        """Return the mark as one line."""
        return f"导出：{self.name}（{self.unit}） {self.at:%Y-%m-%d %H:%M} 编号 {self.export}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One official table.

    A grid has a `stub` (one path of words and one code per row) beside its figures; a register
    has none, and its rows are numbered.
    """

    number: str
    title: str
    unit: str
    measure: str
    status: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[str | int]]
    mark: Mark
    stub: tuple[tuple[tuple[str, ...], str], ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A cell of a header tree: it covers the lines and the levels from `first` to `last`."""

    lines: tuple[int, int]
    levels: tuple[int, int]
    text: str


def blocks(paths: Sequence[tuple[str, ...]]) -> list[Block]:
    """Return the merged cells of the header tree that `paths` make, outermost level first.

    A line that ends before the deepest level reaches down to it. Where a line is itself the
    group of the lines that follow, these stand beneath 其中.

    >>> [b.text for b in blocks([("A", "x"), ("A", "y"), ("B",)])]
    ['A', 'x', 'y', 'B']
    """
    depth = max((len(path) for path in paths), default=1)
    return list(_blocks(paths, (0, len(paths) - 1), 0, depth))


def _blocks(
    paths: Sequence[tuple[str, ...]], span: tuple[int, int], level: int, depth: int
) -> Iterator[Block]:
    for first, last in _runs(paths, span, level):
        word = paths[first][level]
        own = [at for at in range(first, last + 1) if len(paths[at]) == level + 1]
        for at in own:
            yield Block((at, at), (level, depth - 1), word)
        for start, end in _gaps(own, first, last):
            yield Block((start, end), (level, level), _OF_WHICH if own else word)
            yield from _blocks(paths, (start, end), level + 1, depth)


def _runs(
    paths: Sequence[tuple[str, ...]], span: tuple[int, int], level: int
) -> Iterator[tuple[int, int]]:
    """Return the stretches of lines that share their words down to `level`."""
    first = span[0]
    for at in range(span[0] + 1, span[1] + 2):
        if at > span[1] or paths[at][: level + 1] != paths[first][: level + 1]:
            yield first, at - 1
            first = at


def _gaps(own: list[int], first: int, last: int) -> Iterator[tuple[int, int]]:
    """Return the stretches from `first` to `last` that lie between the lines `own`."""
    edges = [first - 1, *own, last + 1]
    for left, right in pairwise(edges):
        if right - left > 1:
            yield left + 1, right - 1


def workbook(sheet: Sheet) -> bytes:
    """Return `sheet` as an .xlsx file."""
    made = BytesIO()
    book = xlsxwriter.Workbook(made, _OPTIONS)
    base = {"font_name": "宋体", "font_size": 10.5, "valign": "vcenter"}
    looks = {name: book.add_format({**base, **look}) for name, look in _LOOKS.items()}
    page = book.add_worksheet(sheet.number.translate(_FORBIDDEN_IN_SHEETS)[:31])
    _Writer(page, sheet, looks).write()
    _sign(book, sheet)
    book.close()
    return made.getvalue()


def _sign(book: xlsxwriter.Workbook, sheet: Sheet) -> None:
    mark = sheet.mark
    book.set_properties(
        {
            "title": f"{sheet.number} {sheet.title}",
            "subject": sheet.unit,
            "author": mark.name,
            "company": mark.unit,
            "comments": mark.text,
            "created": mark.at.replace(tzinfo=None),
        }
    )
    book.set_custom_property("导出编号", mark.export)


class _Writer:
    """Puts one sheet on one page, from the title down to the signatures."""

    def __init__(self, page: Worksheet, sheet: Sheet, looks: dict[str, Format]) -> None:
        self.page, self.sheet, self.looks = page, sheet, looks
        self.stub_blocks = blocks([path for path, _ in sheet.stub])
        self.stub_depth = max((len(path) for path, _ in sheet.stub), default=0)
        self.lead = self.stub_depth + 1
        self.head_blocks = blocks([column.path for column in sheet.columns])
        self.head_depth = max(len(column.path) for column in sheet.columns)
        self.head_at = 3
        self.code_at = self.head_at + self.head_depth
        self.body_at = self.code_at + 1
        self.last_column = self.lead + len(sheet.columns) - 1
        self.foot_at = self.body_at + max(len(sheet.rows), 1)

    def write(self) -> None:
        self._top()
        self._head()
        self._body()
        self._foot()
        self._widths()
        self._print()

    def _span(self, rows: tuple[int, int], columns: tuple[int, int], text: str, look: str) -> None:
        if rows[0] == rows[1] and columns[0] == columns[1]:
            self.page.write_string(rows[0], columns[0], text, self.looks[look])
        else:
            box = (rows[0], columns[0], rows[1], columns[1])
            self.page.merge_range(*box, "", self.looks[look])
            self.page.write_string(rows[0], columns[0], text, self.looks[look])

    def _top(self) -> None:
        sheet, last = self.sheet, self.last_column
        half = max(last // 2, 0)
        self.page.set_row(0, 32)
        self._span((0, 0), (0, last), sheet.title, "title")
        self._span((1, 1), (0, half), sheet.status, "line")
        self._span((1, 1), (half + 1, last), f"表号：{sheet.number}", "line_right")
        self._span((2, 2), (0, half), f"填报单位（盖章）：{sheet.unit}", "line")
        self._span((2, 2), (half + 1, last), f"计量单位：{sheet.measure}", "line_right")

    def _head(self) -> None:
        rows = (self.head_at, self.code_at - 1)
        codes = [column.code for column in self.sheet.columns]
        if self.stub_depth:
            self._span(rows, (0, self.stub_depth - 1), "项目", "head")
            self._span(rows, (self.stub_depth, self.stub_depth), "代码", "head")
            self._span((self.code_at,) * 2, (0, self.stub_depth - 1), _BY_COUNT[0], "code")
            self._span((self.code_at,) * 2, (self.stub_depth,) * 2, _BY_COUNT[1], "code")
        else:
            self._span(rows, (0, 0), "序号", "head")
            self._span((self.code_at,) * 2, (0, 0), _BY_COUNT[0], "code")
        for block in self.head_blocks:
            down = (self.head_at + block.levels[0], self.head_at + block.levels[1])
            across = (self.lead + block.lines[0], self.lead + block.lines[1])
            self._span(down, across, block.text, "head")
        for at, code in enumerate(codes, self.lead):
            self.page.write_string(self.code_at, at, code, self.looks["code"])

    def _body(self) -> None:
        for block in self.stub_blocks if self.sheet.stub else ():
            down = (self.body_at + block.lines[0], self.body_at + block.lines[1])
            several = block.lines[0] != block.lines[1] or block.text == _OF_WHICH
            self._span(down, block.levels, block.text, "stub_middle" if several else "stub")
        for at, row in enumerate(self.sheet.rows):
            line = self.body_at + at
            label = (
                self.sheet.stub[at][1]
                if self.sheet.stub
                else f"{at + 1}{unseen.written(self.sheet.mark.export)}"
            )
            self.page.write_string(line, self.lead - 1, label, self.looks["code"])
            for column, value in enumerate(row, self.lead):
                self._cell(line, column, value)
        if not self.sheet.rows:
            self._span((self.body_at,) * 2, (0, self.last_column), "（无）", "code")

    def _cell(self, line: int, column: int, value: str | int) -> None:
        if isinstance(value, int):
            self.page.write_number(line, column, value, self.looks["figure"])
        else:
            self.page.write_string(line, column, value, self.looks["text"])

    def _foot(self) -> None:
        places = ("单位负责人（签名）：", "填表人：", "联系电话：", "报出日期：    年  月  日")
        text = "          ".join(places)
        across = (0, self.last_column)
        self.page.set_row(self.foot_at, 30)
        self._span((self.foot_at,) * 2, across, text, "line")
        self._span((self.foot_at + 1,) * 2, across, "（单位公章）          ", "line_right")
        self._span((self.foot_at + 2,) * 2, across, self.sheet.mark.text, "mark")

    def _widths(self) -> None:
        if self.stub_depth > 1:
            self.page.set_column(0, self.stub_depth - 2, 9)
        if self.stub_depth:
            self.page.set_column(self.stub_depth - 1, self.stub_depth - 1, 22)
        self.page.set_column(self.lead - 1, self.lead - 1, 6)
        for at, column in enumerate(self.sheet.columns, self.lead):
            self.page.set_column(at, at, column.width)

    def _print(self) -> None:
        page, mark = self.page, self.sheet.mark.text.replace("&", "&&")
        page.set_landscape()
        page.set_paper(_A4)
        page.set_margins(left=0.6, right=0.6, top=0.8, bottom=0.8)
        page.fit_to_pages(1, 0)
        page.center_horizontally()
        page.hide_gridlines(2)
        page.repeat_rows(0, self.code_at)
        page.print_area(0, 0, self.foot_at + 2, self.last_column)
        page.freeze_panes(self.body_at, self.lead)
        page.set_header(f'&R&"宋体,常规"&8 {mark}')
        page.set_footer(f'&L&"宋体,常规"&8 {mark}&C&"宋体,常规"&14— &P —')
