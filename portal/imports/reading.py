"""Reading people from a sheet whose columns are known: values, faults, questions, row by row.

Pure: cells in, people and findings out. Nothing here knows who is on the roll already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xlsxwriter.utility import xl_col_to_name

from portal.core.precision import Day
from portal.core.words import Words
from portal.documents import layout
from portal.imports.findings import Ask, Finding, Normalised, Person, Place, Sheetful
from portal.members import cells, roster, rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from portal.documents.layout import Header
    from portal.documents.workbook import Raw, Sheet
    from portal.members.cells import Fault, Read, Reader

_NOT_STORED = frozenset(column.field for column in roster.COLUMNS if not column.stored)
_NO_ORIGINAL = _NOT_STORED | roster.SENSITIVE
_NONE: dict[str, str] = {}
_SINGLE = frozenset(["id_number", "phone", "landline", "address", "name", "staff_number"])
_WHO = ("name", "id_number", "staff_number", "phone", "born")
_FEW = 3
# Rules that say nothing new where the cell of this field was told to be unreadable already.
_SPOKEN_FOR = {"name-missing": "name", "nobody-to-match": "id_number"}
_TOTALS = frozenset(["合计", "总计", "小计"])


def read_people(
    sheet: Sheet,
    header: Header,
    labels: Mapping[int, str],
    mapping: Mapping[str, str],
    answers: Mapping[str, str],
    today: date,
) -> Sheetful:
    """Return what the rows under a header say.

    Args:
        sheet: the sheet; its rows are let go of as they are read.
        header: where its header stands.
        labels: the name of each column that counts.
        mapping: the field of each name.
        answers: answers to questions, by cell.
        today: the day it is, for what cannot lie in the future.
    """
    found = Sheetful(_places(labels, header, mapping), answers=answers)
    read = _RowReader(found, answers)
    start = header.last + 1
    for index in range(start, len(sheet.rows)):
        row = sheet.rows[index]
        if not row or (index < start + 3 and layout.is_numbering(row)):
            continue
        person = read.row(row, index + 1)
        if person is None:
            continue
        found.people.append(person)
        for rule in rules.broken(person.fields, today):
            if _SPOKEN_FOR.get(rule.name) not in read.unread:
                found.tell(person, rule.field, rule.name, rule.severity, rule.words)
    _tell_doubles(found)
    return found


def _places(labels: Mapping[int, str], header: Header, mapping: Mapping[str, str]) -> list[Place]:
    return [
        Place(
            index,
            label,
            mapping[label],
            xl_col_to_name(index),
            roster.reader(
                mapping[label], header.titles[index] if index < len(header.titles) else ""
            )
            if mapping[label]
            else None,
        )
        for index, label in labels.items()
    ]


class _RowReader:
    """Reads rows one after the other; equal cells of a column are understood once."""

    def __init__(self, found: Sheetful, answers: Mapping[str, str]) -> None:
        self._found, self._answers = found, answers
        self.unread: set[str] = set()
        self._columns: list[tuple[int, str, str, Reader, dict[Raw, Read] | None]] = [
            (
                place.index,
                place.field,
                place.letter,
                place.read,
                None if place.field in _SINGLE else {},
            )
            for place in found.places
            if place.read is not None
        ]
        self._extra = [(place.index, place.label) for place in found.places if place.read is None]

    def row(self, row: Sequence[Raw], number: int) -> Person | None:
        """Return the person in a row, or None if the row is no person."""
        width = len(row)
        fields: dict[str, Any] = {}
        told: list[tuple[str, str, Raw, Read]] = []
        for index, name, letter, read, known in self._columns:
            if index >= width or (raw := row[index]) == "":
                continue
            if known is None or raw not in known:
                got = read(raw)
                if known is not None:
                    known[raw] = got
            else:
                got = known[raw]
            if got.value is not None:
                fields[name] = got.value
            if got.note is not None or got.fault is not None:
                told.append((name, letter, raw, got))
        if not self._is_person(row, fields, told):
            return None
        extra = {
            label: cells.as_text(row[index])[:500]
            for index, label in self._extra
            if index < width and row[index] != ""
        }
        beside = {name: fields.pop(name) for name in _NOT_STORED if name in fields}
        originals = {
            name: cells.as_text(raw)
            for name, _, raw, got in told
            if got.note is not None and name not in _NO_ORIGINAL
        }
        person = Person(number, fields, beside, originals or _NONE, extra or _NONE)
        self.unread = {name for name, _, _, got in told if got.value is None}
        for name, letter, raw, got in told:
            self._tell(person, name, f"{letter}{number}", raw, got)
        return person

    def _is_person(
        self,
        row: Sequence[Raw],
        fields: Mapping[str, Any],
        told: Sequence[tuple[str, str, Raw, Read]],
    ) -> bool:
        if fields.get("name") and len(fields) > _FEW:
            return fields["name"] not in _TOTALS
        faulty = any(got.fault is not None and name in _WHO for name, _, _, got in told)
        if not faulty and not any(fields.get(name) for name in _WHO):
            return False
        return fields.get("name") not in _TOTALS and not layout.is_remark(row)

    def _tell(self, person: Person, name: str, cell: str, raw: Raw, got: Read) -> None:
        if got.fault is not None:
            if got.fault.choices:
                self._ask(person, name, cell, got.fault, raw)
            else:
                self._found.problems.append(
                    Finding(cell, got.fault.rule, got.fault.severity, got.fault.words, person.row)
                )
                person.held = person.held or got.fault.severity == cells.ERROR
        if got.note is not None:
            written = cells.as_text(raw)
            self._found.normalised.append(
                Normalised(
                    cell,
                    roster.masked(name, written),
                    roster.masked(name, roster.shown(name, got.value)),
                    got.note,
                )
            )

    def _ask(self, person: Person, name: str, cell: str, fault: Fault, raw: Raw) -> None:
        chosen = self._answers.get(cell)
        if chosen in fault.choices:
            person.fields[name] = Day(chosen)
            person.originals = person.originals | {name: cells.as_text(raw)}
            return
        number = person.fields.get("id_number", "") if name == "born" else ""
        proposal = f"{number[6:10]}-{number[10:12]}" if number else ""
        person.held = True
        self._found.asks.append(
            Ask(
                cell,
                person.row,
                fault.words,
                fault.choices,
                proposal if proposal in fault.choices else "",
            )
        )


def _tell_doubles(found: Sheetful) -> None:
    """Hold back rows that share an ID number or a staff number: nobody can tell which is right."""
    for name, rule in (("id_number", "id-double"), ("staff_number", "staff-double")):
        first: dict[str, Person] = {}
        for person in found.people:
            number = person.fields.get(name)
            if not number:
                continue
            other = first.setdefault(number, person)
            if other is person:
                continue
            what = roster.BY_FIELD[name].words
            for here, there in ((other, person), (person, other)):
                words = Words(
                    f"{what.zh}在文件内重复：与第 {there.row} 行相同。请核对后只留一行，或改正一个",
                    f"{what.en} occurs twice in the file: also in row {there.row}. Keep one row, "
                    "or correct one of them",
                )
                found.tell(here, name, rule, cells.ERROR, words)
