"""Writing a roster as a workbook that can be read in again: strings only, row by row.

Masked unless the operator moves a roster to another system; a masked cell that comes back changes
nothing. Who took the list away stands over it, in the print header and in the file's properties.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import xlsxwriter
from sqlalchemy import String, and_, select, type_coerce

from portal import access, audit
from portal.access import Action
from portal.audit import Act
from portal.core import clock
from portal.core.precision import DayType
from portal.members import bulk, roster
from portal.members.models import Member
from portal.organizations import service as organizations

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.organizations.models import Unit

_LEFT_OUT = frozenset(["serial", "age"])
_COLUMNS = tuple(column for column in roster.COLUMNS if column.field not in _LEFT_OUT)
_KEPT = tuple(column for column in _COLUMNS if column.stored)
_NAME_AT = [column.field for column in _COLUMNS].index("branch_name")
_CODE_AT = [column.field for column in _COLUMNS].index("branch_code")
_PAGE = 2_000
_OPTIONS = {
    "constant_memory": True,
    "strings_to_numbers": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
}


def export_roster(
    session: Session, actor: Actor, unit: Unit, out: Path, *, plain: bool = False, number: str = ""
) -> int:
    """Write the roll of `unit` and of what is beneath it to an xlsx; return how many stand on it.

    Args:
        session: the caller's session.
        actor: who takes it away; it is logged.
        unit: whose roll.
        out: the file, which is replaced.
        plain: with ID numbers, phones and addresses in full.
        number: the number of the export, which stands on it.
    """
    access.require(actor, Action.ROSTER_PLAIN if plain else Action.ROSTER_EXPORT, unit.path)
    act = Act.ROSTER_EXPORT_PLAIN if plain else Act.ROSTER_EXPORT
    within = and_(
        access.reach(actor, Action.ROSTER_EXPORT, Member),
        access.within(Member, unit.path),
        Member.tie.in_(bulk.AUDITED),
    )
    extra = sorted(_extra_titles(session, within))
    where = _units(session, actor, unit)
    mark = _mark(session, actor, number, plain=plain)
    with xlsxwriter.Workbook(str(out), _OPTIONS) as book:
        write = _Sheet(book, unit, mark, [*(column.words.zh for column in _COLUMNS), *extra])
        texts = _Texts(where, extra, plain=plain)
        for member in _rows(session, within):
            write.row(texts.of(member))
    audit.record(
        session, actor, act, unit.path, f"unit:{unit.id}", members=write.written,
        columns=len(_COLUMNS) + len(extra), export=number,
    )  # fmt: skip
    return write.written


class _Sheet:
    """The sheet being written, from top to bottom."""

    def __init__(self, book: Any, unit: Unit, mark: str, titles: list[str]) -> None:
        book.set_properties({"title": "党员名册", "comments": mark})
        self._page = book.add_worksheet("名册")
        self._text = book.add_format({"num_format": "@", "quote_prefix": True})
        head = book.add_format({"bold": True, "text_wrap": True, "border": 1})
        self._page.set_header(f"&L{mark}&R&P/&N")
        self._page.set_landscape()
        self._page.set_paper(9)
        self._page.repeat_rows(2)
        self._page.set_column(0, len(titles) - 1, 16, self._text)
        self._page.write_string(0, 0, f"{unit.full_name or unit.name}党员名册")
        self._page.write_string(1, 0, mark)
        for place, title in enumerate(titles):
            self._page.write_string(2, place, title, head)
        self._page.freeze_panes(3, 1)
        self.written = 0

    def row(self, texts: list[str]) -> None:
        """Write one member."""
        at = self.written + 3
        for place, text in enumerate(texts):
            if text:
                self._page.write_string(at, place, text, self._text)
        self.written += 1


def _mark(session: Session, actor: Actor, number: str, *, plain: bool) -> str:
    now = clock.now().astimezone(organizations.zone_of(session, actor.tenant_id))
    who = "系统管理员" if actor.user_id is None else f"用户 {actor.user_id}"
    kind = "未遮盖" if plain else "已遮盖"
    return (
        f"内部资料 · {kind} · 导出：{who} {now:%Y-%m-%d %H:%M}{f' 编号 {number}' if number else ''}"
    )


def _extra_titles(session: Session, within: ColumnElement[bool]) -> set[str]:
    titles: set[str] = set()
    query = select(Member.id, Member.extra_sealed).where(within, Member.extra_sealed.is_not(None))
    rows: Iterable[Row[Any]] = session.execute(query.execution_options(yield_per=_PAGE))
    for row in rows:
        titles |= json.loads(bulk.value_of(row, "extra_json")).keys()
    return titles


def _units(session: Session, actor: Actor, unit: Unit) -> Mapping[uuid.UUID, Unit]:
    found = organizations.list_units(session, actor, below=unit.path, dissolved=True, limit=None)
    return {one.id: one for one in found} | {unit.id: unit}


def _rows(session: Session, within: ColumnElement[bool]) -> Iterator[Row[Any]]:
    """Yield the members by unit, name and id, as the database hands them out; days as text."""
    wanted: list[Any] = [Member.id, Member.unit_id, Member.extra_sealed]
    for column in _KEPT:
        kept = Member.__table__.c[bulk.SEALED.get(column.field, column.field)]
        wanted.append(type_coerce(kept, String) if isinstance(kept.type, DayType) else kept)
    query = select(*wanted).where(within).order_by(Member.path, Member.name, Member.id)
    yield from session.execute(query.execution_options(yield_per=_PAGE))


class _Texts:
    """Turns members into what a sheet says of them; a value that many share is told once."""

    def __init__(self, where: Mapping[uuid.UUID, Unit], extra: list[str], *, plain: bool) -> None:
        self._where, self._extra, self._plain = where, extra, plain
        self._told: list[dict[Any, str] | None] = [
            None if column.field in bulk.SEALED else {} for column in _KEPT
        ]

    def of(self, member: Row[Any]) -> list[str]:
        """Return the texts of one member, in the order of the columns."""
        texts = []
        values: Sequence[Any] = member[3:]
        for column, told, value in zip(_KEPT, self._told, values, strict=True):
            if value is None or value == "":
                texts.append("")
            elif told is None:
                text = bulk.value_of(member, column.field)
                texts.append(text if self._plain else roster.masked(column.field, text))
            elif value in told:
                texts.append(told[value])
            else:
                texts.append(told.setdefault(value, roster.shown(column.field, value)))
        unit = self._where.get(member.unit_id)
        texts[_NAME_AT:_NAME_AT] = [(unit.full_name or unit.name) if unit else ""]
        texts[_CODE_AT:_CODE_AT] = [unit.code if unit else ""]
        if self._extra:
            kept = json.loads(bulk.value_of(member, "extra_json") or "{}")
            texts += [self._kept(kept.get(title, "")) for title in self._extra]
        return texts

    def _kept(self, text: str) -> str:
        return text if self._plain else _hidden(text)


def _hidden(text: str) -> str:
    """Return a text of an unknown column with every long number in it masked."""
    return roster.LONG_NUMBER.sub(lambda found: "*" * len(found[0]), text)
