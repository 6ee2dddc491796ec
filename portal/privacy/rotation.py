"""Sealing everything anew with the newest key, batch by batch, while the portal is in use (P4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, or_, select, update

from portal import access, audit
from portal.access import Action
from portal.audit import Act
from portal.core import crypto, tree
from portal.core.errors import NotFound, OutOfTurn
from portal.core.suites import SUITES
from portal.core.words import Words
from portal.documents.store import store
from portal.imports.models import Upload
from portal.privacy import keycheck, sealed
from portal.privacy.models import KeyCheck, KeyRotation
from portal.scope import service as scope

if TYPE_CHECKING:
    from sqlalchemy import Column, ColumnElement, Table
    from sqlalchemy.orm import Session

    from portal.access import Actor

FILES = "upload.file"
_MARKS = {suite.mark: suite.name for suite in SUITES.values()}


@dataclass(frozen=True, slots=True)
class Use:
    """How many values of one column are sealed or digested with one key and suite."""

    place: str
    key: str
    suite: str
    values: int
    newest: bool


@scope.through(scope.Reason.KEYS)
def inventory(session: Session, actor: Actor) -> list[Use]:
    """Return what is sealed with what in the actor's tenant: the list of cryptography in use."""
    access.require(actor, Action.KEY_ROTATE, tree.ROOT)
    found = []
    for table, columns in sealed.tables():
        searched = [table.c[each.column] for each in sealed.searched_in(table.name)]
        for column in (*columns, *searched):
            found += _uses(session, actor.tenant_id, table, column)
    return found + _files(session, actor)


def _uses(session: Session, tenant_id: int, table: Table, column: Column[Any]) -> list[Use]:
    header = func.substr(column, 1, crypto.HEADER)
    query = (
        select(header, func.count())
        .where(table.c.tenant_id == tenant_id, column.is_not(None))
        .group_by(header)
        .order_by(header)
    )
    merged: dict[tuple[str, str], int] = {}
    is_digest = not column.name.endswith("_sealed")
    for head, count in session.execute(query):
        said = _said(bytes(head), is_digest=is_digest)
        merged[said] = merged.get(said, 0) + count
    return [
        Use(f"{table.name}.{column.name}", key, suite, count, _is_newest(key, suite))
        for (key, suite), count in sorted(merged.items())
    ]


def _said(head: bytes, *, is_digest: bool = False) -> tuple[str, str]:
    """Return the name of the key and the suite that a header tells of."""
    suite = _MARKS.get(head[:1], "")
    name = head[1:].decode("latin-1") if suite else head[:4].decode("latin-1")
    if suite and name in crypto.ring().names:
        return name, suite
    if is_digest and not (suite and name.isascii() and name.isalnum()):
        return "?", "aes"  # kept before digests said with what they were made
    return name, suite or "aes"


def _is_newest(key: str, suite: str) -> bool:
    return SUITES[suite].mark + key.encode() == crypto.ring().header


def _files(session: Session, actor: Actor) -> list[Use]:
    counts: dict[tuple[str, str], int] = {}
    for name in session.scalars(
        select(Upload.stored_as).where(Upload.tenant_id == actor.tenant_id, Upload.stored_as != "")
    ):
        head = store().header(name)
        if head:
            counts[_said(head)] = counts.get(_said(head), 0) + 1
    return [Use(FILES, *said, n, _is_newest(*said)) for said, n in sorted(counts.items())]


@scope.through(scope.Reason.KEYS)
def rotate_batch(session: Session, actor: Actor, size: int) -> tuple[str, int] | None:
    """Seal the next `size` rows anew; return the table and how many, or None when all is done.

    One call is one transaction of the caller; where it stands is kept in the same transaction.
    """
    access.require(actor, Action.KEY_ROTATE, tree.ROOT)
    keycheck.register(session, crypto.ring())
    for table, columns in sealed.tables():
        state = _state(session, actor, table.name)
        if not state.finished:
            return table.name, _batch(session, actor, state, table, columns, size)
    state = _state(session, actor, FILES)
    if not state.finished:
        return FILES, _file_batch(session, actor, state, size)
    return None


def _state(session: Session, actor: Actor, table: str) -> KeyRotation:
    """Return where a table stands on its way to the newest key."""
    state = session.scalars(
        select(KeyRotation)
        .where(KeyRotation.tenant_id == actor.tenant_id, KeyRotation.table == table)
        .with_for_update()
    ).one_or_none()
    header = crypto.ring().header
    if state is None:
        state = KeyRotation(tenant_id=actor.tenant_id, table=table, header=header)
        session.add(state)
    elif state.header != header:
        state.header, state.after, state.done, state.finished = header, None, 0, False
    session.flush()
    return state


def _batch(
    session: Session,
    actor: Actor,
    state: KeyRotation,
    table: Table,
    columns: tuple[Column[bytes], ...],
    size: int,
) -> int:
    searched = sealed.searched_in(table.name)
    query = select(table.c.id, *columns, *(table.c[each.column] for each in searched)).where(
        table.c.tenant_id == actor.tenant_id
    )
    if state.after is not None:
        query = query.where(table.c.id > state.after)
    rows = session.execute(query.order_by(table.c.id).limit(size).with_for_update()).all()
    changed = [new for row in rows if (new := _anew(actor.tenant_id, table.name, columns, row))]
    _write(session, actor.tenant_id, table, changed)
    state.done += len(changed)
    if rows:
        state.after = rows[-1].id
    if len(rows) < size:
        _finish(session, actor, state, left=_left(session, actor.tenant_id, table, columns))
    session.flush()
    return len(changed)


def _write(session: Session, tenant_id: int, table: Table, rows: list[dict[str, Any]]) -> None:
    by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        by_columns.setdefault(tuple(sorted(row)), []).append(row | {"of_tenant": tenant_id})
    for alike in by_columns.values():
        session.connection().execute(
            update(table).where(
                table.c.tenant_id == bindparam("of_tenant"), table.c.id == bindparam("of_row")
            ),
            alike,
        )


def _anew(
    tenant_id: int, table: str, columns: tuple[Column[bytes], ...], row: Any
) -> dict[str, Any]:
    """Return the columns of a row that are to be written anew, or nothing."""
    ring, values = crypto.ring(), row._mapping  # noqa: SLF001  the public name of a row's columns
    new: dict[str, Any] = {}
    for column in columns:
        kept, place = values[column.name], f"{table}.{column.name}"
        if kept is not None and not ring.is_newest(kept):
            new[column.name] = ring.seal(place, row.id, ring.open(place, row.id, kept))
    for each in sealed.searched_in(table):
        digest, kept = values[each.column], values[each.of]
        if kept is not None and (digest is None or not ring.is_newest(digest)):
            new[each.column] = each.made(tenant_id, ring.open(f"{table}.{each.of}", row.id, kept))
    return new | {"of_row": row.id} if new else {}


def _left(
    session: Session, tenant_id: int, table: Table, columns: tuple[Column[bytes], ...]
) -> bool:
    """Tell whether something was sealed with an older key behind our back: by an old process."""
    header = crypto.ring().header
    old: list[ColumnElement[bool]] = [
        func.substr(column, 1, crypto.HEADER) != header for column in columns
    ]
    query = select(table.c.id).where(table.c.tenant_id == tenant_id, or_(*old)).limit(1)
    return session.execute(query).first() is not None


def _finish(session: Session, actor: Actor, state: KeyRotation, *, left: bool) -> None:
    if left:
        state.after = None
        return
    state.finished = True
    audit.record(
        session, actor, Act.KEY_ROTATE, tree.ROOT, f"table:{state.table}", values=state.done,
        key=crypto.ring().newest,
    )  # fmt: skip


def _file_batch(session: Session, actor: Actor, state: KeyRotation, size: int) -> int:
    query = select(Upload.id, Upload.stored_as).where(
        Upload.tenant_id == actor.tenant_id, Upload.stored_as != ""
    )
    if state.after is not None:
        query = query.where(Upload.id > state.after)
    rows = session.execute(query.order_by(Upload.id).limit(size)).all()
    done = sum(store().seal_anew(row.id, row.stored_as) for row in rows)
    state.done += done
    if rows:
        state.after = rows[-1].id
    if len(rows) < size:
        _finish(session, actor, state, left=False)
    session.flush()
    return done


def _in(session: Session, tenant_id: int) -> list[Use]:
    """Return what is sealed with what in one tenant: a session reaches one at a time."""
    there = access.operator(tenant_id)
    scope.bind(session, there)
    return inventory(session, there)


def drop(session: Session, actor: Actor, name: str, tenants: list[int]) -> None:
    """Forget a key that nothing is sealed with any more, in none of the tenants.

    Raises:
        NotFound: the database knows no such key.
        OutOfTurn: it seals just now, or something is sealed with it still.
    """
    access.require(actor, Action.KEY_ROTATE, tree.ROOT)
    if session.get(KeyCheck, name) is None:
        raise NotFound(Words("主密钥", "master key"))
    uses = [use for tenant in tenants for use in _in(session, tenant) if use.key in {name, "?"}]
    scope.bind(session, actor)
    if name == crypto.ring().newest or uses:
        n = sum(use.values for use in uses)
        raise OutOfTurn(
            Words(
                f"主密钥 {name} 还在用（{n} 个值），不能去掉。请先运行 portal keys rotate",
                f"The master key {name} is in use ({n} values). Run portal keys rotate first",
            )
        )
    session.execute(delete(KeyCheck).where(KeyCheck.name == name))
    audit.record(session, actor, Act.KEY_DROP, tree.ROOT, f"key:{name}")
