"""The walls inside the database, derived from the tables: policies, or triggers that ask.

Issued by whoever owns the tables, after every change of the schema. May be run again at any time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from portal.core.database import Model
from portal.scope import conditions
from portal.scope.rules import Kind, Rule, rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

PREFIX = "portal_"
VERBS = ("INSERT", "UPDATE", "DELETE")
_PARTS = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = to_regclass(:name)"


def build(connection: Connection) -> None:
    """Put every scoped table of this database behind its wall."""
    lower(connection)
    here = set(inspect(connection).get_table_names())
    for rule in rules().values():
        if rule.name not in here:
            continue
        if connection.dialect.name == "sqlite":
            for statement in triggers(rule):
                connection.exec_driver_sql(statement)
        else:
            _build_policies(connection, rule)


def lower(connection: Connection) -> None:
    """Take the walls away from the owner, so that the schema and its rows can be changed.

    On PostgreSQL other roles stay behind theirs.
    """
    if connection.dialect.name == "sqlite":
        names = connection.exec_driver_sql(
            f"SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '{PREFIX}%'"  # noqa: S608
        ).scalars()
        for name in names.all():
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        return
    here = set(inspect(connection).get_table_names())
    for name in sorted(here & rules().keys()):
        connection.exec_driver_sql(f'ALTER TABLE "{name}" NO FORCE ROW LEVEL SECURITY')


def policies(rule: Rule) -> Iterator[tuple[str, str]]:
    """Yield verb and condition of each policy of a table."""
    read = conditions.as_policy(rule)
    write = conditions.as_policy(rule, write=True)
    # An entry of the log and a notice may be sent by who cannot read or alter it.
    sent_only = rule.kind in {Kind.LOG, Kind.OWN}
    yield "SELECT", f"USING ({read})"
    yield "INSERT", f"WITH CHECK ({write})"
    if rule.kind != Kind.LOG:
        kept = read if sent_only else write
        yield "UPDATE", f"USING ({kept}) WITH CHECK ({kept})"
        yield "DELETE", f"USING ({kept})"


def _build_policies(connection: Connection, rule: Rule) -> None:
    run, name = connection.exec_driver_sql, rule.name
    parts = connection.execute(text(_PARTS), {"name": f'"{name}"'}).scalars().all()
    for part in (f'"{name}"', *parts):
        run(f"ALTER TABLE {part} ENABLE ROW LEVEL SECURITY")
        run(f"ALTER TABLE {part} FORCE ROW LEVEL SECURITY")
    for verb, condition in policies(rule):
        policy = f"{PREFIX}{verb.lower()}"
        run(f'DROP POLICY IF EXISTS {policy} ON "{name}"')
        run(f'CREATE POLICY {policy} ON "{name}" FOR {verb} {condition}')


def triggers(rule: Rule) -> Iterator[str]:
    """Yield the triggers of an SQLite table: each asks ``in_scope`` of the row before and after."""
    for verb in VERBS:
        rows = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}[verb]
        asked = " AND ".join(f"in_scope({_asked(rule, verb, row)})" for row in rows)
        yield (
            f'CREATE TRIGGER "{PREFIX}{rule.name}_{verb.lower()}" BEFORE {verb} ON "{rule.name}" '
            f"BEGIN SELECT RAISE(ABORT, 'out of scope') WHERE NOT ({asked}); END"
        )


def _asked(rule: Rule, verb: str, row: str) -> str:
    path = f"{row}.path" if "path" in rule.table.columns else "''"
    if rule.parent:
        path = (
            f'(SELECT path FROM "{rule.parent}" over WHERE over.tenant_id = {row}.tenant_id'  # noqa: S608  names of our own
            f" AND over.id = {row}.{rule.parent_key})"
        )
    person = f"{row}.{rule.person}" if rule.person else "NULL"
    return f"'{rule.name}', '{verb}', {row}.{rule.tenant}, {path}, {person}"


def admit(connection: Connection, role: str) -> None:
    """Let a PostgreSQL role read and write the tables, from behind the walls; no more than that."""
    quoted = connection.dialect.identifier_preparer.quote(role)
    known = connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role})
    run = connection.exec_driver_sql
    if not known:
        run(f"CREATE ROLE {quoted} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE")
    # CREATE: the queue of jobs makes its own two tables, which belong to the role that serves.
    run(f"GRANT USAGE, CREATE ON SCHEMA public TO {quoted}")
    here = set(inspect(connection).get_table_names())
    for name in sorted(here & Model.metadata.tables.keys()):
        run(f'GRANT SELECT, INSERT, UPDATE, DELETE ON "{name}" TO {quoted}')
    run(f"GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {quoted}")
    if "alembic_version" in here:
        run(f'GRANT SELECT ON "alembic_version" TO {quoted}')
