"""How Alembic reaches the database and reads our tables.

The URL comes from the caller, from ``-x url=…``, or from the portal's settings, in this order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from alembic import context
from alembic.script import ScriptDirectory
from sqlalchemy import event

from portal import audit, tables
from portal.core.database import UtcDateTime, open_engine
from portal.core.keys import KeyType
from portal.core.precision import DayType
from portal.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alembic.autogenerate.api import AutogenContext
    from alembic.operations.ops import MigrationScript
    from sqlalchemy import Connection

# A revision tells the columns as the database sees them: what our types are called or do today
# must not change what an old revision made.
AS_STORED = {
    KeyType: 'sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql")',
    DayType: "sa.String(length=10)",
    UtcDateTime: "sa.DateTime()",
}


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our own column types as what they are stored as."""
    return AS_STORED.get(type(item), False) if kind == "type" else False


def number_it(
    _context: Any, _revision: str | Iterable[str | None], directives: list[MigrationScript]
) -> None:
    """Number a new revision, and write none when there is nothing to change."""
    script = directives[0]
    writing = getattr(context.config.cmd_opts, "autogenerate", False)
    if writing and script.upgrade_ops is not None and script.upgrade_ops.is_empty():
        directives.clear()
        return
    known = ScriptDirectory.from_config(context.config).walk_revisions()
    script.rev_id = f"{1 + sum(1 for _ in known):04d}"


def is_ours(name: str | None, kind: str, _parents: Any) -> bool:
    """Leave out the tables of the job queue, which looks after them itself."""
    return not (kind == "table" and (name or "").startswith("huey"))


def migrate(connection: Connection) -> None:
    """Run what was asked for on `connection`, as one transaction."""
    context.configure(
        connection=connection,
        target_metadata=tables.Model.metadata,
        render_as_batch=True,
        compare_type=True,
        transactional_ddl=True,
        render_item=render_item,
        include_name=is_ours,
        process_revision_directives=number_it,
    )
    with context.begin_transaction():
        context.run_migrations()
        audit.protect(connection)


def url() -> str:
    """Return the database that is meant."""
    given = context.config.attributes.get("url")
    return given or context.get_x_argument(as_dictionary=True).get("url") or Settings().database


def run() -> None:
    """Migrate, with foreign keys off on SQLite, where changing a table means copying it."""
    engine = open_engine(url(), owner=True)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _release(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA foreign_keys=OFF")

    with engine.connect() as connection:
        migrate(connection)
    engine.dispose()


run()
