"""What watches every session and every connection of this process.

Sessions: reading conditions for every query, a look at every row that comes in and at every row
that goes out. Connections: a statement about a scoped table that no session has vouched for is
not sent. An engine that was opened as the owner of the tables (`open_engine`) is left alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import Connection, Engine, event, inspect, text
from sqlalchemy.orm import Session, object_session
from sqlalchemy.pool import Pool

from portal.core.database import OWNER, Model
from portal.core.errors import NotFound
from portal.core.words import Words
from portal.scope import conditions, criteria, sqlite, statements
from portal.scope.rules import Kind, Scope, rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import ExecutionContext
    from sqlalchemy.orm import ORMExecuteState

BASE, WIDE, USED = "portal.scope", "portal.scope.beyond", "portal.scope.connection"
HELD = sqlite.HELD
GUARDED = "portal_guarded"
_CLAIMING = re.compile(r"set_config|row_security|session_replication_role|\bportal\.|set\s+role"
                       r"|session\s+authorization", re.IGNORECASE)  # fmt: skip
_PLAIN_WRITE = re.compile(r"\s*(INSERT\s+INTO|UPDATE|DELETE\s+FROM)\b", re.IGNORECASE)
_ABOUT_TABLES = re.compile(r"\s*(PRAGMA|ANALYZE)\b", re.IGNORECASE)  # shows no row
_ROW = Words("内容", "thing")


class OutOfScope(NotFound):
    """Something outside the session's scope was asked for; to a person it does not exist."""

    def __init__(self, what: str) -> None:
        super().__init__(_ROW)
        self.what = what
        self.args = (f"{self.words} [{what}]",)


def current(session: Session) -> Scope | None:
    """Return the scope in force on a session, or None: nothing may be touched."""
    return session.info.get(WIDE) or session.info.get(BASE)


def is_owner(session: Session) -> bool:
    """Tell whether a session works as the owner of the tables, before whom there are no walls."""
    return bool(session.get_bind().get_execution_options().get(OWNER))


def tell(connection: Connection, session: Session) -> None:
    """Tell the database whose transaction this is."""
    scope = current(session)
    connection.info[HELD] = scope
    connection.info[WIDE] = session.info.get(WIDE) is not None
    if connection.dialect.name == "postgresql":
        with _vouched(connection):
            connection.execute(text(conditions.SET_CONTEXT), conditions.context(scope))


class _vouched:  # noqa: N801  used like a function
    def __init__(self, connection: Connection) -> None:
        self._info = connection.info

    def __enter__(self) -> None:
        self._info["portal.own"] = True

    def __exit__(self, *_: object) -> None:
        self._info["portal.own"] = False


def forget(session: Session) -> None:
    """Let no row stay readable that lies outside the scope now in force."""
    scope = current(session)
    for row in list(session.identity_map.values()):
        if inspect(row).persistent and not _inside(row, scope):
            session.expire(row)


def _facts(row: Any) -> tuple[Any, Any, Any, Any] | None:
    table = inspect(type(row)).local_table
    rule = rules().get(getattr(table, "name", ""))
    if rule is None:
        return None
    values = row.__dict__
    return rule, values.get(rule.tenant), values.get("path"), values.get(rule.person)


def _inside(row: Any, scope: Scope | None) -> bool:
    facts = _facts(row)
    if facts is None:
        return True
    rule, tenant, path, person = facts
    if scope is None:
        return False
    if rule.tenant not in row.__dict__ or ("path" in rule.table.columns and path is None):
        return True  # expired: whatever reads it again is looked at then
    if rule.kind == Kind.PARENT:
        return bool(tenant == scope.tenant)
    return bool(rule.may_read(scope, tenant, path or "", person))


@event.listens_for(Session, "after_begin")
def _begun(session: Session, _transaction: Any, connection: Connection) -> None:
    session.info[USED] = connection
    if not is_owner(session):
        tell(connection, session)


@event.listens_for(Session, "after_soft_rollback")
def _rolled_back(session: Session, _previous: Any) -> None:
    """Say it again: going back to a savepoint takes back what was said after it."""
    used = session.info.get(USED)
    if used is not None and not used.closed and used.in_transaction() and not is_owner(session):
        tell(used, session)


@event.listens_for(Session, "do_orm_execute")
def _narrow(state: ORMExecuteState) -> None:
    """Keep what lies outside the scope out of a query, and vouch for it."""
    if is_owner(state.session):
        return
    named = statements.named(state.statement)
    if named is None or not state.is_orm_statement:  # the trip wire has a look at it
        return
    scope = current(state.session)
    if scope is None:
        if named:
            raise OutOfScope("no scope")
        return
    write = state.is_update or state.is_delete
    if not state.is_insert:
        state.statement = state.statement.options(
            *criteria.of(scope, frozenset(named), write=write)
        )
    vouched = {*named.values(), *(rules()[n].parent for n in named.values())}
    state.update_execution_options(**{GUARDED: frozenset(vouched)})


@event.listens_for(Session, "before_flush")
def _look_at_changes(session: Session, _context: Any, _rows: Any) -> None:
    """Let no row go out that was, or would be, outside the scope."""
    if is_owner(session):
        return
    scope = current(session)
    for row in (*session.new, *session.dirty, *session.deleted):
        for facts in _before_and_after(row):
            rule, tenant, path, person = facts
            inside = scope is not None and _may_write(rule, scope, tenant, path, person)
            if not inside:
                raise OutOfScope(f"write {rule.name}")


def _before_and_after(row: Any) -> Iterator[tuple[Any, Any, Any, Any]]:
    state = inspect(row)
    facts = _facts(row)
    changed = state.pending or row in state.session.deleted or state.session.is_modified(row)
    if facts is None or not changed:
        return
    rule = facts[0]
    if state.persistent:
        for name in {rule.tenant, rule.person, "path"} & state.expired_attributes:
            getattr(row, name)  # looked at as it is read
        was = {**row.__dict__, **state.committed_state}
        yield rule, was.get(rule.tenant), was.get("path"), was.get(rule.person)
    yield _facts(row) or facts


def may_make(row: Any, scope: Scope | None) -> bool:
    """Tell whether a row may be made as it is."""
    facts = _facts(row)
    return facts is None or (scope is not None and _may_write(facts[0], scope, *facts[1:]))


def _may_write(rule: Any, scope: Scope, tenant: Any, path: Any, person: Any) -> bool:
    if rule.kind == Kind.PARENT or ("path" in rule.table.columns and path is None):
        return bool(tenant is None or tenant == scope.tenant)  # the database looks at the rest
    if rule.kind == Kind.TENANT and rule.person and person is None:
        return scope.door in rule.doors or bool(tenant == scope.tenant)
    if rule.kind == Kind.OWN:
        return scope.door in rule.doors or bool(tenant == scope.tenant)
    return bool(rule.may_write(scope, tenant, path or "", person))


@event.listens_for(Model, "load", propagate=True)
@event.listens_for(User, "load", propagate=True)
def _came_in(row: Any, context: Any) -> None:
    _look_at(row, context.session if context is not None else object_session(row))


@event.listens_for(Model, "refresh", propagate=True)
@event.listens_for(User, "refresh", propagate=True)
def _came_again(row: Any, context: Any, _names: Any) -> None:
    _look_at(row, context.session if context is not None else object_session(row))


def _look_at(row: Any, session: Session | None) -> None:
    if session is not None and not is_owner(session) and not _inside(row, current(session)):
        session.expire(row)
        raise OutOfScope(f"read {type(row).__name__}")


@event.listens_for(Engine, "before_cursor_execute")
def _trip(
    connection: Connection, _cursor: Any, statement: str, _values: Any,
    context: ExecutionContext | None, _many: bool,  # noqa: FBT001  SQLAlchemy's signature
) -> None:  # fmt: skip
    """Stop a statement about scoped tables that nobody vouched for."""
    if connection.get_execution_options().get(OWNER):
        connection.info[sqlite.OPEN] = True
        return
    info = connection.info
    if info.get("portal.own"):
        return
    if _CLAIMING.search(statement):
        raise OutOfScope("context")
    named = statements.scoped_in(statement)
    if named and not _may_send(connection, statement, named, context):
        raise OutOfScope(f"statement: {statement[:300]}")
    info[sqlite.OPEN] = bool(named)


def _may_send(
    connection: Connection, statement: str, named: frozenset[str], context: ExecutionContext | None
) -> bool:
    if _ABOUT_TABLES.match(statement):
        return True
    if connection.info.get(HELD) is None:
        return False
    vouched = context.execution_options.get(GUARDED, frozenset()) if context else frozenset()
    if connection.info.get(WIDE) or (vouched and statements.covers(vouched, named)):
        return True
    return bool(_PLAIN_WRITE.match(statement)) and "select" not in statement.lower()


@event.listens_for(Engine, "after_cursor_execute")
def _sent(connection: Connection, *_: Any) -> None:
    connection.info[sqlite.OPEN] = False


@event.listens_for(Engine, "handle_error")
def _failed(context: Any) -> None:
    if context.connection is not None and not context.is_disconnect:
        context.connection.info[sqlite.OPEN] = False


@event.listens_for(Pool, "connect")
def _connected(connection: Any, record: Any) -> None:
    sqlite.watch(connection, record.info)


@event.listens_for(Pool, "reset")
def _given_back(_connection: Any, record: Any, _state: Any) -> None:
    record.info.pop(HELD, None)
    record.info.pop(WIDE, None)
    record.info[sqlite.OPEN] = False
