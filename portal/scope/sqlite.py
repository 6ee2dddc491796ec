"""What an SQLite connection is given: the function its triggers ask, and a guard on its reading."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from portal.core.database import OWNER
from portal.scope.rules import Kind, rules

if TYPE_CHECKING:
    from portal.scope.rules import Scope

HELD = "portal.held"  # the scope of the transaction on this connection
OPEN = "portal.open"  # a statement is being sent that was looked at
_DANGEROUS = frozenset({
    sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH, sqlite3.SQLITE_ALTER_TABLE,
    sqlite3.SQLITE_CREATE_TRIGGER, sqlite3.SQLITE_CREATE_TEMP_TRIGGER,
    sqlite3.SQLITE_CREATE_VIEW, sqlite3.SQLITE_CREATE_TEMP_VIEW, sqlite3.SQLITE_DROP_TABLE,
    sqlite3.SQLITE_DROP_TRIGGER, sqlite3.SQLITE_DROP_VIEW,
})  # fmt: skip


def watch(connection: Any, info: dict[Any, Any]) -> None:
    """Let triggers ask for the scope in `info`, and let nothing be read that was not looked at."""
    if not isinstance(connection, sqlite3.Connection):
        return

    def in_scope(name: str, verb: str, tenant: int, path: str | None, person: int | None) -> bool:
        return bool(info.get(OWNER)) or _in_scope(info.get(HELD), name, verb, tenant, path, person)

    def may(action: int, name: str | None, _column: str | None, _base: Any, _inner: Any) -> int:
        if info.get(OWNER):
            return sqlite3.SQLITE_OK
        if action in _DANGEROUS or (action, name) == (sqlite3.SQLITE_PRAGMA, "writable_schema"):
            return sqlite3.SQLITE_DENY
        reads = action in {sqlite3.SQLITE_READ, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE,
                           sqlite3.SQLITE_INSERT}  # fmt: skip
        if reads and name in rules() and not info.get(OPEN):
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    connection.create_function("in_scope", 5, in_scope)
    connection.set_authorizer(may)


def _in_scope(
    scope: Scope | None, name: str, verb: str, tenant: int, path: str | None, person: int | None
) -> bool:
    if scope is None or path is None:
        return False
    rule = rules()[name]
    if rule.kind == Kind.PARENT:
        rule = rules()[rule.parent]
    if rule.kind == Kind.OWN and verb == "INSERT" and tenant == scope.tenant:
        return True
    if rule.kind == Kind.LOG and verb != "INSERT":
        return False
    return rule.may_write(scope, tenant, path, person)
