"""Writing members, one or a hundred thousand: sealed values, search index, history, rows.

Whoever calls has been permitted to; nothing here asks again. Every row written gets its line of
history, sealed, in the same transaction.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm.util import identity_key

from portal import access
from portal.core import clock, crypto
from portal.core.database import tell_sizes
from portal.core.keys import uuid7
from portal.core.precision import Day
from portal.members import pinyin
from portal.members.models import Change, Member, Tie
from portal.members.quickly import insert_many
from portal.scope import service as scope

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Row, Table
    from sqlalchemy.orm import Session

    from portal.access import Action, Actor

SEALED = {
    "id_number": "id_sealed",
    "phone": "phone_sealed",
    "landline": "landline_sealed",
    "address": "address_sealed",
    "extra_json": "extra_sealed",
}
AUDITED = (Tie.ON_ROLL.value, Tie.SENT.value)

_TABLE = cast("Table", Member.__table__)
_HISTORY = cast("Table", Change.__table__)
_COLUMNS = tuple(each.class_attribute for each in Member.__mapper__.column_attrs)
_PLACE = {name: f"member.{column}" for name, column in SEALED.items()}
_TAIL_PLACE = "member.tail_digest"
_HISTORY_PLACE = "member_change.fields_sealed"
_BATCH = 2_000
_NO_ORIGINALS: dict[str, str] = {}
_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_DAYS = frozenset(
    ["born", "joined", "confirmed", "dues_until", "last_meeting", "lost_since", "letter_issued"]
)
_FLAGS = frozenset(["lost_marked", "floating_marked"])
_DEFAULTS = {"tie": Tie.ON_ROLL.value, "standing": "full", "membership": "normal"}
_PLAIN = (
    "tie", "name", "staff_number", "gender", "ethnicity", "born", "education", "standing", "joined",
    "confirmed", "occupation", "membership", "party_post", "dues_until", "last_meeting",
    "lost_marked", "lost_since", "floating_marked", "destination", "letter_number",
    "letter_issued", "remark",
)  # fmt: skip
FIELDS = frozenset(_PLAIN) | frozenset(SEALED)


@dataclass(slots=True)
class Draft:
    """A person to be written: where, what is known, and what was written for it."""

    unit_id: uuid.UUID
    path: str
    fields: dict[str, Any]
    originals: dict[str, str] = field(default_factory=dict)
    id_digest: bytes | None = None


@dataclass(slots=True)
class Edit:
    """Fields to be changed of a member as `roll` read it."""

    member: Row[Any]
    fields: dict[str, Any]
    originals: dict[str, str] = field(default_factory=dict)
    act: str = "change"
    also: dict[str, Any] = field(default_factory=dict)


def blank(name: str) -> Any:
    """Return the value of a field about which nothing is known."""
    if name in _DAYS:
        return None
    return False if name in _FLAGS else _DEFAULTS.get(name, "")


def id_digest(tenant_id: int, number: str) -> bytes:
    """Return what an ID number is found by."""
    return crypto.ring().digest(_PLACE["id_number"], tenant_id, number)


def tail_digest(tenant_id: int, last_four: str) -> bytes:
    """Return what the last four characters of an ID number are found by."""
    return crypto.ring().digest(_TAIL_PLACE, tenant_id, last_four)


def digests_of(tenant_id: int, number: str) -> tuple[bytes, ...]:
    """Return everything an ID number may be found by while keys are being changed."""
    return crypto.ring().digests(_PLACE["id_number"], tenant_id, number)


def tails_of(tenant_id: int, last_four: str) -> tuple[bytes, ...]:
    """Return everything the last four may be found by while keys are being changed."""
    return crypto.ring().digests(_TAIL_PLACE, tenant_id, last_four)


def digest_of(member: Row[Any]) -> bytes | None:
    """Return what a member's ID number is found by today, whatever key it was kept with."""
    kept: bytes | None = member.id_digest
    if kept is None or crypto.ring().is_newest(kept):
        return kept
    return id_digest(member.tenant_id, value_of(member, "id_number"))


def value_of(member: Row[Any] | Member, name: str) -> Any:
    """Return a field of a member as it was read, opened if it is sealed."""
    if name not in SEALED:
        return getattr(member, name)
    sealed = getattr(member, SEALED[name])
    return "" if sealed is None else crypto.ring().open(_PLACE[name], member.id, sealed)


def columns(
    tenant_id: int,
    member_id: uuid.UUID,
    fields: Mapping[str, Any],
    digest: bytes | None = None,
) -> dict[str, Any]:
    """Return the columns that hold `fields`: sealed, with what they are found by.

    `digest` is that of the ID number, where the caller has it already.
    """
    values: dict[str, Any] = {}
    for name, value in fields.items():
        if name in SEALED:
            values[SEALED[name]] = (
                crypto.ring().seal(_PLACE[name], member_id, value) if value else None
            )
        else:
            values[name] = blank(name) if value is None else value
    if "id_number" in fields:
        number = fields["id_number"]
        values["id_digest"] = digest or (id_digest(tenant_id, number) if number else None)
        values["tail_digest"] = tail_digest(tenant_id, number[-4:]) if number else None
    if "name" in fields:
        values["pinyin"] = pinyin.index(fields["name"])
    return values


def add_many(
    session: Session, actor: Actor, drafts: Sequence[Draft], *, batch_id: uuid.UUID | None = None
) -> list[uuid.UUID]:
    """Add these people to the roll and return their ids, in the same order."""
    at = clock.now()
    empty = {name: blank(name) for name in _PLAIN} | dict.fromkeys(SEALED.values())
    empty |= {"id_digest": None, "tail_digest": None, "left_reason": "", "left_note": ""}
    empty |= {"tenant_id": actor.tenant_id, "updated_at": at, "updated_by": actor.user_id}
    empty["version"] = 1
    ids: list[uuid.UUID] = []
    for batch in _batches(drafts):
        rows, history = [], []
        for draft in batch:
            member_id = uuid7()
            ids.append(member_id)
            rows.append(
                empty
                | columns(actor.tenant_id, member_id, draft.fields, draft.id_digest)
                | {
                    "id": member_id,
                    "unit_id": draft.unit_id,
                    "path": draft.path,
                    "originals": draft.originals or _NO_ORIGINALS,
                }
            )
            history.append(
                _line(actor, member_id, draft.path, "add", 1, None, at=at, batch_id=batch_id)
            )
        insert_many(session, _TABLE, rows)
        if len(ids) == _BATCH:
            # Else each line of history looks for its member by going through all of them.
            tell_sizes(session, Member)
        insert_many(session, _HISTORY, history)
    return ids


def change_many(
    session: Session, actor: Actor, edits: Sequence[Edit], *, batch_id: uuid.UUID | None = None
) -> None:
    """Write these changes to members that the caller holds locked or alone.

    Raises:
        OutOfTurn: one of them is the actor.
    """
    for edit in edits:
        access.refuse_oneself(actor, edit.member.id)
    at = clock.now()
    for batch in _batches(edits):
        by_columns: defaultdict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        history = []
        for edit in batch:
            member = edit.member
            old = {name: value_of(member, name) for name in edit.fields}
            values = columns(actor.tenant_id, member.id, edit.fields) | edit.also
            if edit.originals:
                values["originals"] = member.originals | edit.originals
            values |= {
                "updated_at": at,
                "updated_by": actor.user_id,
                "version": member.version + 1,
            }
            by_columns[tuple(sorted(values))].append(
                values | {"of_tenant": actor.tenant_id, "of_member": member.id}
            )
            both = {name: [plain(old[name]), plain(value)] for name, value in edit.fields.items()}
            history.append(
                _line(
                    actor, member.id, member.path, edit.act, member.version + 1, both,
                    at=at, batch_id=batch_id,
                )
            )  # fmt: skip
        for rows in by_columns.values():
            session.execute(
                update(_TABLE).where(
                    _TABLE.c.tenant_id == bindparam("of_tenant"),
                    _TABLE.c.id == bindparam("of_member"),
                ),
                rows,
            )
        session.execute(insert(_HISTORY), history)
    for edit in edits:
        key = identity_key(Member, (actor.tenant_id, edit.member.id))
        if key in session.identity_map:
            session.expire(session.identity_map[key])


def _line(
    actor: Actor,
    member_id: uuid.UUID,
    path: str,
    act: str,
    version: int,
    fields: Mapping[str, list[Any]] | None,
    *,
    at: datetime,
    batch_id: uuid.UUID | None,
) -> dict[str, Any]:
    """Return one row of history."""
    line_id = uuid7()
    text = None if fields is None else _as_json(fields)
    return {
        "tenant_id": actor.tenant_id,
        "id": line_id,
        "member_id": member_id,
        "path": path,
        "at": at,
        "by": actor.user_id,
        "act": act,
        "version": version,
        "batch_id": batch_id,
        "fields_sealed": text and crypto.ring().seal(_HISTORY_PLACE, line_id, text),
    }


def plain(value: Any) -> Any:
    """Return a field's value as history keeps it."""
    return value.text if isinstance(value, Day) else value


def revived(name: str, value: Any) -> Any:
    """Return a field's value as history keeps it, in the type that the field has."""
    return Day(value) if name in _DAYS and value else value


def roll(
    session: Session,
    actor: Actor,
    action: Action,
    path: str,
    *,
    ids: Iterable[uuid.UUID] | None = None,
    lock: bool = False,
) -> list[Row[Any]]:
    """Return everybody ever on the roll at or below `path`, as plain rows.

    Args:
        session: the caller's session.
        actor: who asks; only what lies in reach for `action` is returned.
        action: what the actor is about to do.
        path: the unit.
        ids: only these members.
        lock: keep others from changing the rows until the transaction ends.
    """
    query = select(*_COLUMNS).where(
        access.reach(actor, action, Member), access.within(Member, path)
    )
    if lock:
        query = query.with_for_update()
    if ids is None:
        return list(session.execute(query.order_by(_TABLE.c.name, _TABLE.c.id)).all())
    found: list[Row[Any]] = []
    for some in _batches(list(ids)):
        found += session.execute(query.where(_TABLE.c.id.in_(some))).all()
    return found


@scope.through(scope.Reason.SAME_PERSON)
def taken_numbers(session: Session, tenant_id: int, numbers: Sequence[str]) -> dict[str, str]:
    """Return which of these ID numbers stand on a roll of the tenant now, and at which path.

    It looks beyond the actor's reach on purpose: the caller may say that there is a conflict,
    never where (mission R5).
    """
    found: dict[str, str] = {}
    for some in _batches(numbers):
        number_of = {digest: number for number in some for digest in digests_of(tenant_id, number)}
        query = select(Member.id_digest, Member.path).where(
            Member.tenant_id == tenant_id,
            Member.id_digest.in_(number_of),
            Member.tie.in_(AUDITED),
        )
        found |= {number_of[digest]: path for digest, path in session.execute(query) if digest}
    return found


def _batches(things: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(things), _BATCH):
        yield things[start : start + _BATCH]
