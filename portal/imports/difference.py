"""Holding what a sheet says against the roll: who is new, who changed, who is missing."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from portal.access import Action
from portal.core.precision import Day
from portal.imports import sentences
from portal.imports.findings import AGAIN, Ask
from portal.members import bulk, cells, roster, tidy, tombstones
from portal.members import service as members
from portal.members.bulk import Draft, Edit
from portal.members.models import Leaving
from portal.organizations import service as organizations
from portal.organizations.models import Kind

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.imports.findings import Person, Sheetful
    from portal.organizations.models import Unit


@dataclass(frozen=True, slots=True)
class New:
    """Somebody who will be put on the roll."""

    row: int
    name: str


@dataclass(frozen=True, slots=True)
class Changed:
    """Somebody on the roll of whom the sheet says something else: old and new, masked."""

    row: int
    member_id: uuid.UUID
    name: str
    fields: dict[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Missing:
    """Somebody on the roll whom the sheet does not name."""

    member_id: uuid.UUID
    name: str
    born: str


@dataclass(slots=True)
class Difference:
    """What taking the sheet over would do to the roll."""

    new: list[New] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    same: int = 0
    drafts: list[Draft] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    absent: dict[uuid.UUID, Row[Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Branch:
    id: uuid.UUID
    path: str


class _Branches:
    """Finds the branch a row belongs to: the unit itself, or one beneath it that the row names."""

    def __init__(self, session: Session, actor: Actor, unit: Unit, found: Sheetful) -> None:
        self._own = _Branch(unit.id, unit.path)
        self._names = {tidy.folded(unit.name), tidy.folded(unit.full_name), ""}
        self._code = unit.code
        self._agree: set[tuple[str, str]] = {("", "")}
        named = {place.field for place in found.places} & {"branch_name", "branch_code"}
        self._below: dict[str, list[_Branch]] | None = None
        if unit.kind != Kind.BRANCH.value and named:
            self._below = defaultdict(list)
            for one in organizations.list_units(session, actor, below=unit.path, limit=None):
                here = _Branch(one.id, one.path)
                for name in {one.code, tidy.folded(one.name), tidy.folded(one.full_name)} - {""}:
                    self._below[name].append(here)

    def find(self, found: Sheetful, person: Person) -> _Branch | None:
        """Return where a row belongs; None if that cannot be said, which is then told."""
        name, code = person.beside.get("branch_name", ""), person.beside.get("branch_code", "")
        if self._below is None:
            if (name, code) not in self._agree:
                self._compare(found, person, name, code)
            return self._own
        if not name and not code:
            return self._own
        places = self._below.get(code) or self._below.get(tidy.folded(name)) or []
        if len(places) == 1:
            return places[0]
        field_name = "branch_code" if code else "branch_name"
        found.tell(
            person,
            field_name,
            "branch",
            cells.ERROR,
            sentences.MANY if places else sentences.NO_BRANCH,
        )
        return None

    def _compare(self, found: Sheetful, person: Person, name: str, code: str) -> None:
        other_name = tidy.folded(name) not in self._names
        if (code and code != self._code) or (not code and other_name):
            field_name = "branch_code" if code else "branch_name"
            found.tell(person, field_name, "branch-other", cells.WARNING, sentences.OTHER_BRANCH)
        else:
            self._agree.add((name, code))


class _Roll:
    """The people on the roll, found by ID number, by staff number, by name and birth."""

    def __init__(self, rows: Sequence[Row[Any]]) -> None:
        self.audited = [row for row in rows if row.tie in bulk.AUDITED]
        self.left = {
            bulk.digest_of(row): row
            for row in rows
            if row.tie not in bulk.AUDITED and row.left_reason != Leaving.UNDONE.value
        }
        self.by_digest = {bulk.digest_of(row): row for row in self.audited if row.id_digest}
        self.by_staff = {row.staff_number: row for row in self.audited if row.staff_number}
        self.by_name: defaultdict[str, list[Row[Any]]] = defaultdict(list)
        for row in self.audited:
            self.by_name[row.name].append(row)

    def find(self, person: Person, digest: bytes | None) -> Row[Any] | None:
        """Return the member that a row speaks of, or None."""
        if digest in self.by_digest:
            return self.by_digest[digest]
        staff = person.fields.get("staff_number")
        if staff in self.by_staff:
            return self.by_staff[staff]
        named = self.by_name.get(person.fields.get("name", ""), ())
        alike = [row for row in named if self._could_be(row, person, digest)]
        return alike[0] if len(alike) == 1 else None

    @staticmethod
    def _could_be(row: Row[Any], person: Person, digest: bytes | None) -> bool:
        if digest is not None and row.id_digest is not None:
            return False
        born: Day | None = person.fields.get("born")
        if born is None or row.born is None:
            return person.held or (born is None and row.born is None)
        return row.born.text.startswith(born.text) or born.text.startswith(row.born.text)


def compare(
    session: Session, actor: Actor, unit: Unit, found: Sheetful, *, lock: bool = False
) -> Difference:
    """Return what taking over `found` would do; faults that come to light are told in `found`.

    Args:
        session: the caller's session.
        actor: who asks, permitted to import at `unit`.
        unit: whose roll it is, its own or that of the branches beneath it.
        found: what the sheet says.
        lock: keep the roll from being changed until the transaction ends.
    """
    roll = _Roll(bulk.roll(session, actor, Action.ROSTER_IMPORT, unit.path, lock=lock))
    branches = _Branches(session, actor, unit, found)
    difference = Difference()
    seen: dict[uuid.UUID, Person] = {}
    strangers: list[tuple[Person, _Branch, bytes | None]] = []
    concerned: set[str] = set()
    for person in found.people:
        branch = branches.find(found, person)
        number = person.fields.get("id_number")
        digest = bulk.id_digest(actor.tenant_id, number) if number else None
        member = roll.find(person, digest)
        if branch is not None:
            concerned.add(branch.path)
        if member is None:
            if branch is not None and not person.held:
                strangers.append((person, branch, digest))
            continue
        if member.id in seen:
            found.tell(
                person, "name", "row-double", cells.ERROR, sentences.same_as(seen[member.id])
            )
            continue
        seen[member.id] = person
        _compare_one(found, person, member, branch, digest, difference)
    _add_strangers(session, actor, found, roll, strangers, difference)
    for row in roll.audited if found.people else ():
        if row.id not in seen and row.path in concerned:
            difference.missing.append(Missing(row.id, row.name, roster.shown("born", row.born)))
            difference.absent[row.id] = row
    return difference


def _compare_one(
    found: Sheetful,
    person: Person,
    member: Row[Any],
    branch: _Branch | None,
    digest: bytes | None,
    difference: Difference,
) -> None:
    if branch is not None and branch.path != member.path:
        found.tell(person, "branch_name", "branch-moved", cells.WARNING, sentences.MOVED)
    if digest is not None and bulk.digest_of(member) not in {None, digest}:
        found.tell(person, "id_number", "id-changed", cells.ERROR, sentences.ID_CHANGED)
    if person.held:
        return
    new: dict[str, Any] = {}
    old: dict[str, Any] = {}
    for name, value in person.fields.items():
        if name == "id_number" and bulk.digest_of(member) == digest:
            continue
        stands = bulk.value_of(member, name)
        if stands != value and not _less_precise(value, stands):
            old[name], new[name] = stands, value
    extra = _extra(member, person)
    if extra:
        new["extra_json"] = extra
    if not new:
        difference.same += 1
        return
    shown = {name: (_shown(name, old[name]), _shown(name, new[name])) for name in old}
    if extra:
        shown["extra_json"] = ("", "…")
    difference.changed.append(Changed(person.row, member.id, member.name, shown))
    originals = {name: text for name, text in person.originals.items() if name in new}
    difference.edits.append(Edit(member, new, originals))


def _less_precise(value: Any, stands: Any) -> bool:
    return isinstance(value, Day) and isinstance(stands, Day) and stands.text.startswith(value.text)


def _extra(member: Row[Any], person: Person) -> str:
    """Return the columns kept as they are, if the sheet says something else in them."""
    if not person.extra:
        return ""
    old: dict[str, str] = json.loads(bulk.value_of(member, "extra_json") or "{}")
    new = old | person.extra
    return json.dumps(new, ensure_ascii=False) if new != old else ""


def _shown(name: str, value: Any) -> str:
    return roster.masked(name, roster.shown(name, value))


def _add_strangers(
    session: Session,
    actor: Actor,
    found: Sheetful,
    roll: _Roll,
    strangers: Sequence[tuple[Person, _Branch, bytes | None]],
    difference: Difference,
) -> None:
    numbers = [number for person, _, _ in strangers if (number := person.fields.get("id_number"))]
    taken = bulk.taken_numbers(session, actor.tenant_id, numbers)
    purged = tombstones.find(session, actor, numbers)
    for person, branch, digest in strangers:
        number = person.fields.get("id_number")
        if number in taken:
            words = members.conflict(here=False)
            found.tell(person, "id_number", "id-conflict", cells.ERROR, words)
            continue
        if digest is not None and digest in roll.left:
            words = sentences.left_before(roll.left[digest])
            found.tell(person, "name", "left-before", cells.WARNING, words)
        if number in purged and not _knows_better(found, person, purged[number]):
            continue
        fields = person.fields
        if person.extra:
            fields["extra_json"] = json.dumps(person.extra, ensure_ascii=False)
        difference.new.append(New(person.row, fields["name"]))
        difference.drafts.append(Draft(branch.id, branch.path, fields, person.originals, digest))


def _knows_better(found: Sheetful, person: Person, on: date) -> bool:
    """Tell whether somebody who was purged was confirmed to come back; ask if nobody said."""
    cell = found.cell(person, "name")
    if found.answers.get(cell) == AGAIN:
        return True
    found.asks.append(Ask(cell, person.row, sentences.purged(on), (AGAIN,)))
    person.held = True
    return False
