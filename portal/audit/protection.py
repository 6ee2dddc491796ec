"""Entries cannot be changed or removed: the database itself refuses, whoever asks (L5, ADR 12).

Installed with the tables, and again after every migration, because copying a table on SQLite
loses its triggers. The one way past it on PostgreSQL is ``session_replication_role = replica``,
which takes a superuser; on SQLite, whoever can drop a trigger can write the file. Both are what
the heads kept elsewhere are for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import event, inspect

from portal.audit.models import Entry, Head

if TYPE_CHECKING:
    from sqlalchemy import Connection

_FINAL = "audit entries are never changed or removed"
_FORWARD = "the head of the audit only moves forward"

# name, when, and what is then said
_SQLITE = (
    ("audit_entry_no_update", "BEFORE UPDATE ON audit_entry", _FINAL),
    ("audit_entry_no_delete", "BEFORE DELETE ON audit_entry", _FINAL),
    (   # REPLACE removes what is in its way without asking the trigger above.
        "audit_entry_no_replace",
        """BEFORE INSERT ON audit_entry WHEN EXISTS (SELECT 1 FROM audit_entry
        WHERE tenant_id = NEW.tenant_id AND (number = NEW.number OR id = NEW.id))""",
        _FINAL,
    ),
    (
        "audit_head_forward",
        """BEFORE UPDATE ON audit_head
        WHEN NEW.number <= OLD.number OR NEW.tenant_id <> OLD.tenant_id""",
        _FORWARD,
    ),
    ("audit_head_no_delete", "BEFORE DELETE ON audit_head", _FORWARD),
)  # fmt: skip

_POSTGRES = f"""
CREATE OR REPLACE FUNCTION audit_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{_FINAL}' USING ERRCODE = 'insufficient_privilege'; END $$;
CREATE OR REPLACE FUNCTION audit_head_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR NEW.number <= OLD.number OR NEW.tenant_id <> OLD.tenant_id THEN
    RAISE EXCEPTION '{_FORWARD}' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER audit_entry_final BEFORE UPDATE OR DELETE ON audit_entry
  FOR EACH ROW EXECUTE FUNCTION audit_is_final();
CREATE OR REPLACE TRIGGER audit_head_forward BEFORE UPDATE OR DELETE ON audit_head
  FOR EACH ROW EXECUTE FUNCTION audit_head_forward();
DROP TRIGGER IF EXISTS audit_entry_kept ON audit_entry;
CREATE TRIGGER audit_entry_kept BEFORE TRUNCATE ON audit_entry
  FOR EACH STATEMENT EXECUTE FUNCTION audit_is_final();
DROP TRIGGER IF EXISTS audit_head_kept ON audit_head;
CREATE TRIGGER audit_head_kept BEFORE TRUNCATE ON audit_head
  FOR EACH STATEMENT EXECUTE FUNCTION audit_is_final();
"""


def protect(connection: Connection) -> None:
    """Let the database refuse every change of an entry. May be done again at any time."""
    found = inspect(connection)
    if not all(found.has_table(table) for table in (Entry.__tablename__, Head.__tablename__)):
        return
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_POSTGRES)
        return
    for name, when, said in _SQLITE:
        connection.exec_driver_sql(
            f"CREATE TRIGGER IF NOT EXISTS {name} {when} BEGIN SELECT RAISE(ABORT, '{said}'); END"
        )


@event.listens_for(Head.__table__, "after_create")
@event.listens_for(Entry.__table__, "after_create")
def _protect_what_was_made(_table: Any, connection: Connection, **_: Any) -> None:
    protect(connection)
