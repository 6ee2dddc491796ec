"""Where in a sheet the header stands, and which rows beneath it are people.

Sheets come with titles over the header, headers of two rows, a row of 甲 乙 1 2, totals, notes and
rows somebody merely formatted. The header is found by what its titles say, not by its place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from portal.documents.workbook import Raw

_WITHIN = 15
_SHARE = 0.6
_ENOUGH = 3
_STEMS = frozenset("甲乙丙丁戊己庚辛壬癸")
_TOTALS = re.compile(r"(合\s*计|总\s*计|小\s*计|本页合计)")
_NOTES = re.compile(
    r"(备\s*注|说\s*明|注\s*[:：]|注意事项|填表说明|填报说明|填写说明|填写注意|填表人|填报人|审核人|"
    r"负责人|单位负责人|制表人|党支部书记签字|联系人[:：])"
)
_DEMANDS = frozenset({"必填", "选填", "可选", "非必填", "必填项", "选填项", "必须填写"})
_LONG_NOTE = 40


@dataclass(frozen=True, slots=True)
class Header:
    """The rows a header takes up (counted from 0) and the title of each column."""

    first: int
    last: int
    titles: tuple[str, ...]


def locate(
    rows: Sequence[Sequence[Raw]], is_known: Callable[[str], bool], is_key: Callable[[str], bool]
) -> Header | None:
    """Return the header among the first fifteen rows, or None.

    Args:
        rows: the sheet.
        is_known: tells whether a title is one that is looked for.
        is_key: tells whether a title is the one no such sheet is without.
    """
    for index, row in enumerate(rows[:_WITHIN]):
        single = tuple(_text(cell) for cell in row)
        double = _joined(row, rows[index + 1] if index + 1 < len(rows) else (), is_known, is_key)
        if double is not None and _fits(double, is_known, is_key):
            return Header(index, index + 1, double)
        if _fits(single, is_known, is_key):
            return Header(index, index, single)
    return None


def _text(cell: Raw) -> str:
    return cell.strip() if isinstance(cell, str) else str(cell)


def _fits(
    titles: Sequence[str], is_known: Callable[[str], bool], is_key: Callable[[str], bool]
) -> bool:
    filled = [title for title in titles if title]
    known = sum(map(is_known, filled))
    if len(filled) < 2 or not known:  # noqa: PLR2004
        return False
    return known >= _SHARE * len(filled) or (known >= _ENOUGH and any(map(is_key, filled)))


def _joined(
    upper: Sequence[Raw],
    lower: Sequence[Raw],
    is_known: Callable[[str], bool],
    is_key: Callable[[str], bool],
) -> tuple[str, ...] | None:
    """Return the titles of a header of two rows, or None if these two rows are not one."""
    above, below = [_text(cell) for cell in upper], [_text(cell) for cell in lower]
    width = max(len(above), len(below))
    above += [""] * (width - len(above))
    below += [""] * (width - len(below))
    titles, group = [], ""
    for top, bottom in zip(above, below, strict=True):
        group = top or (group if bottom else "")
        if is_key(top) and bottom and bottom != top:
            return None
        titles.append(
            (bottom if is_known(bottom) or not group else f"{group}{bottom}") if bottom else top
        )
    if sum(map(is_known, below)) == 0 or not any(map(is_known, above)):
        return None
    return tuple(titles) if sum(map(is_known, titles)) > sum(map(is_known, above)) else None


def is_numbering(row: Sequence[Raw]) -> bool:
    """Tell whether a row numbers or letters the columns, or says which must be filled in."""
    filled = [_text(cell) for cell in row if cell != ""]
    if len(filled) < 2:  # noqa: PLR2004
        return False
    if all(text in _STEMS or text in _DEMANDS for text in filled):
        return True
    numbers = [text.removesuffix(".0") for text in filled if text not in _STEMS]
    if not all(number.isdigit() and len(number) < 3 for number in numbers):  # noqa: PLR2004
        return False
    counted = [int(number) for number in numbers]
    return len(counted) > 1 and counted == list(range(counted[0], counted[0] + len(counted)))


def is_remark(row: Sequence[Raw]) -> bool:
    """Tell whether a row is a total, a note or a signature line rather than a person."""
    first = next((cell for cell in row if cell != ""), "")
    if not isinstance(first, str):
        return False
    text = first.strip()
    if _TOTALS.match(text):
        return True
    alone = sum(cell != "" for cell in row) == 1
    return bool(_NOTES.match(text)) or (alone and (len(text) > _LONG_NOTE or "\n" in text))
