"""Which column of a sheet is which field of a member."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from xlsxwriter.utility import xl_col_to_name

from portal.core import forbidden
from portal.core.errors import Invalid, Problem
from portal.core.words import Words
from portal.documents import layout
from portal.imports.findings import Finding
from portal.members import cells, codes, roster

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from portal.core.forbidden import Topic
    from portal.documents.layout import Header
    from portal.documents.workbook import Sheet

NOT_TAKEN = ""
"""What a title is mapped to whose column is kept as it stands."""

_SAMPLE = 50
_FEW = 10


def find_header(sheet: Sheet) -> Header | None:
    """Return where a sheet has the header of a roster, or None if it has none."""
    return layout.locate(sheet.rows, _is_known, _is_name)


def _is_known(title: str) -> bool:
    return roster.find(title) is not None


def _is_name(title: str) -> bool:
    column = roster.find(title)
    return column is not None and column.field == "name"


def refused_title(header: Header) -> tuple[str, Topic] | None:
    """Return a title for which the whole workbook is turned away, and what it asks for."""
    for title in header.titles:
        topic = forbidden.find(title)
        if topic is not None and topic.refuses:
            return title, topic
    return None


def unread(header: Header) -> dict[int, Topic]:
    """Return the columns that are never read, and what each asks for."""
    return {
        index: topic
        for index, title in enumerate(header.titles)
        if roster.find(title) is None and (topic := forbidden.find(title)) is not None
    }


def never_read(header: Header) -> Iterator[Finding]:
    """Yield a finding for every column that asks for what is never kept of a person."""
    for index, topic in unread(header).items():
        title = header.titles[index]
        yield Finding(
            f"{xl_col_to_name(index)}{header.last + 1}",
            "header-never",
            cells.WARNING,
            Words(
                f"“{title}”一列没有读入：本系统不登记{topic.said.zh}。其他各列照常；"
                "请在文件里删去这一列",
                f"The column “{title}” was not read: {topic.said.en} are never registered here. "
                "All others were; delete this one from the file",
            ),
        )


def label_columns(header: Header, sheet: Sheet) -> dict[int, str]:
    """Return a name for every column that counts: its title, with the letter where two share it."""
    titles = {
        index: " ".join(title.split())
        for index, title in enumerate(header.titles)
        if title and not roster.is_result(title) and index not in unread(header)
    }
    seen = Counter(titles.values())
    labels = {
        index: title if seen[title] == 1 else f"{title}（{xl_col_to_name(index)}列）"
        for index, title in titles.items()
    }
    results = {index for index, title in enumerate(header.titles) if roster.is_result(title)}
    results |= set(unread(header))
    for row in sheet.rows[header.last + 1 : header.last + 1 + _SAMPLE]:
        for index, cell in enumerate(row):
            if cell != "" and index not in labels and index not in results:
                labels[index] = f"（{xl_col_to_name(index)}列，无表头）"
    return dict(sorted(labels.items()))


def map_columns(
    labels: Mapping[int, str], header: Header, sheet: Sheet, chosen: Mapping[str, str]
) -> dict[str, str]:
    """Return which field each column is: as chosen, else by title, each field once."""
    mapping = {label: chosen[label] for label in labels.values() if label in chosen}
    taken = {name for name in mapping.values() if name}
    known = {
        index: roster.find(header.titles[index])
        for index in labels
        if index < len(header.titles) and labels[index] not in mapping
    }
    exact = [
        index
        for index, column in known.items()
        if column and roster.key(header.titles[index]) == roster.key(column.words.zh)
    ]
    for index in [*exact, *known]:
        column = known[index]
        if column is not None and column.field not in taken and labels[index] not in mapping:
            mapping[labels[index]] = _sniffed(column.field, index, header, sheet, taken)
            taken.add(mapping[labels[index]])
    return {label: mapping.get(label, NOT_TAKEN) for label in labels.values()}


def _sniffed(name: str, index: int, header: Header, sheet: Sheet, taken: set[str]) -> str:
    """Return the field a column really is: 党籍状态 often holds 正式党员 and 预备党员."""
    if name != "membership" or "standing" in taken:
        return name
    written = [
        str(row[index])
        for row in sheet.rows[header.last + 1 : header.last + 1 + _SAMPLE]
        if index < len(row) and row[index] != ""
    ]
    if written and all(codes.STANDING.find(text) for text in written):
        return "standing"
    return name


def double_titles(
    labels: Mapping[int, str], header: Header, mapping: Mapping[str, str]
) -> Iterator[Finding]:
    """Yield a finding for every column that has the meaning of another one already taken."""
    for index, label in labels.items():
        column = roster.find(header.titles[index]) if index < len(header.titles) else None
        if column is None or mapping[label] or column.field not in mapping.values():
            continue
        first = next(known for known, name in mapping.items() if name == column.field)
        yield Finding(
            f"{xl_col_to_name(index)}{header.last + 1}",
            "header-double",
            cells.WARNING,
            Words(
                f"“{label}”与“{first}”是同一项，只按“{first}”读入，这一列原样保留。"
                "如应读这一列，请在对应关系里改",
                f"“{label}” and “{first}” mean the same; “{first}” was read, this one kept as it "
                "stands. Change the mapping if it should be this one",
            ),
        )


def pick_sheet(sheets: Sequence[Sheet], wanted: str, file_name: str) -> tuple[Sheet, Header]:
    """Return the sheet that is a roster, and its header; `wanted` chooses among several.

    Raises:
        Invalid: none is, or several could be, or there is none of the wanted name.
    """
    if wanted and wanted not in {sheet.name for sheet in sheets}:
        raise Invalid(Problem(file_name, _no_such_sheet(wanted, sheets), "sheet-unknown"))
    headers = {
        sheet.name: header
        for sheet in sheets
        if wanted in {"", sheet.name} and (header := find_header(sheet)) is not None
    }
    filled = [
        sheet
        for sheet in sheets
        if sheet.name in headers and any(sheet.rows[headers[sheet.name].last + 1 :])
    ]
    found = filled or [sheet for sheet in sheets if sheet.name in headers]
    if not found:
        raise Invalid(Problem(file_name, _NO_HEADER, "header-missing"))
    if len(found) > 1:
        raise Invalid(Problem(file_name, _which(found), "sheet-several"))
    header = headers[found[0].name]
    refused = refused_title(header)
    if refused is not None:
        raise Invalid(Problem(file_name, _forbidden(*refused), "header-forbidden"))
    return found[0], header


def _no_such_sheet(wanted: str, sheets: Sequence[Sheet]) -> Words:
    names = "、".join(sheet.name for sheet in sheets)
    return Words(
        f"没有叫“{wanted}”的工作表。文件里有：{names}",
        f"There is no sheet “{wanted}”. The file has: {names}",
    )


def _which(sheets: Sequence[Sheet]) -> Words:
    names = "、".join(f"“{sheet.name}”" for sheet in sheets)
    return Words(
        f"有 {len(sheets)} 张工作表都像名册：{names}。请选定读哪一张；还没有读入任何内容",
        f"{len(sheets)} sheets could be the roster: {names}. Choose which one is read; nothing "
        "was read yet",
    )


def _forbidden(title: str, topic: Topic) -> Words:
    return Words(
        f"表里有“{title}”一列。本系统不登记{topic.said.zh}，请删去这一列再上传；没有读入任何内容",
        f"There is a column “{title}”. Here {topic.said.en} is not registered: delete the column "
        "and upload again; nothing was read",
    )


_NO_HEADER = Words(
    "前 15 行里没有找到表头。表头至少要有“姓名”，最好还有“公民身份证号”“性别”“出生日期”等列；"
    "没有读入任何内容",
    "No header was found in the first 15 rows. It needs at least 姓名 (name), and better "
    "公民身份证号 (ID number), 性别, 出生日期 as well; nothing was read",
)


def no_name_column(where: str) -> Finding:
    """Say that no column is the name."""
    words = Words(
        "没有“姓名”这一列，认不出人。请在对应关系里指明哪一列是姓名",
        "There is no column of names. Say in the mapping which column holds them",
    )
    return Finding(where, "name-column", cells.ERROR, words)


def nobody(where: str) -> Finding:
    """Say that there is a header and nobody beneath it."""
    words = Words(
        "找到了表头，但下面没有人。请检查是否选错了文件或工作表；名册没有变化",
        "There is a header but nobody beneath it. Check the file and the sheet; the roster is "
        "unchanged",
    )
    return Finding(where, "nobody", cells.ERROR, words)


def hidden(sheet: Sheet, header: Header) -> Iterator[Finding]:
    """Say what was not read because it is hidden (security.md U7)."""
    where = f"A{header.last + 1}"
    rows = [number for number in sheet.hidden_rows if number > header.last + 1]
    if rows:
        words = Words(
            f"有 {len(rows)} 行是隐藏的或被筛选掉的（第 {_numbers(rows)} 行），没有读入。"
            "如应读入，请取消隐藏和筛选后重新上传",
            f"{len(rows)} rows are hidden or filtered out ({_numbers(rows)}) and were not read. "
            "If they should be, show them and upload again",
        )
        yield Finding(where, "hidden-rows", cells.WARNING, words)
    if sheet.hidden_columns:
        letters = "、".join(xl_col_to_name(number - 1) for number in sheet.hidden_columns[:_FEW])
        words = Words(
            f"有 {len(sheet.hidden_columns)} 列是隐藏的（{letters}），没有读入。"
            "如应读入，请取消隐藏后重新上传",
            f"{len(sheet.hidden_columns)} columns are hidden ({letters}) and were not read. If "
            "they should be, show them and upload again",
        )
        yield Finding(where, "hidden-columns", cells.WARNING, words)
    if sheet.hidden_sheets:
        names = "、".join(f"“{name}”" for name in sheet.hidden_sheets[:_FEW])
        words = Words(
            f"隐藏的工作表 {names} 没有读入。如应读入，请取消隐藏后重新上传",
            f"Hidden sheets were not read: {names}. If they should be, show them and upload again",
        )
        yield Finding(where, "hidden-sheets", cells.WARNING, words)


def _numbers(rows: Sequence[int]) -> str:
    return "、".join(map(str, rows[:_FEW])) + ("…" if len(rows) > _FEW else "")
