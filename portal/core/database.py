"""Tables, column vocabulary and the one transaction boundary."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from flask_appbuilder import Model as FabModel
from sqlalchemy import DateTime, LargeBinary, String, create_engine, event, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

from portal.core import clock
from portal.core.keys import KeyType, uuid7
from portal.core.precision import Day, DayType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Dialect, Engine
    from sqlalchemy.orm import Session

FabModel.metadata.naming_convention = {
    "pk": "pk_%(table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
}


class Model(DeclarativeBase):
    """Base of every portal table.

    Shares FAB's metadata, so a row can refer to ``ab_user.id``, but not FAB's base class: that
    one sets ``extend_existing`` and lets two classes quietly claim one table.
    """

    metadata = FabModel.metadata

    def __init__(self, **values: Any) -> None:
        """Take column values by name; a row that wants a UUID gets it before anything else."""
        keyed = "id" in self.__mapper__.columns and isinstance(
            self.__mapper__.columns["id"].type, KeyType
        )
        if keyed:
            self.id = values.pop("id", None) or uuid7()
        if "tenant_id" in values:
            self.tenant_id = values.pop("tenant_id")
        for name, value in values.items():
            if not hasattr(type(self), name):
                raise TypeError(f"{type(self).__name__} has no {name!r}")
            setattr(self, name, value)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Written as naive UTC, read back aware, also on SQLite.

    Raises:
        ValueError: on a naive datetime, whose zone nobody should have to guess.
    """

    impl = DateTime
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}")
        return value.astimezone(UTC).replace(tzinfo=None)

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


_bytewise = String(255).with_variant(String(255, collation="C"), "postgresql")

Tenant = Annotated[int, mapped_column(primary_key=True, autoincrement=False)]
Key = Annotated[uuid.UUID, mapped_column(KeyType, primary_key=True, default=uuid7)]
Reference = Annotated[uuid.UUID, mapped_column(KeyType)]
Code = Annotated[str, mapped_column(String(40))]
Name = Annotated[str, mapped_column(String(120))]
Text = Annotated[str, mapped_column(String(2000))]
TreePath = Annotated[str, mapped_column(_bytewise)]
Instant = Annotated[datetime, mapped_column(UtcDateTime)]
Created = Annotated[datetime, mapped_column(UtcDateTime, default=clock.now)]
PartialDay = Annotated[Day, mapped_column(DayType)]
SealedBytes = Annotated[bytes, mapped_column(LargeBinary)]
Digest = Annotated[bytes, mapped_column(LargeBinary(32))]
Version = Mapped[int]

# An engine with this option works as the owner of the tables: set-up, migrations, back-up. The
# walls of `portal.scope` stand before every other.
OWNER = "portal_owner"

_writing: ContextVar[bool] = ContextVar("writing", default=False)


def prepare(engine: Engine) -> Engine:
    """Set every connection of `engine` up the way the portal counts on.

    SQLite: foreign keys on, writers queue up front (``BEGIN IMMEDIATE``, security.md B1), and
    the rollback journal, because SQLite before 3.51.3 can lose commits in WAL mode. A large
    transaction stays in memory until it commits: spilled to the file it would shut readers out.
    The schema is trusted, or triggers could not ask ``in_scope`` (ADR “walls”).
    """
    if engine.dialect.name != "sqlite":
        return engine

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("foreign_keys=ON", "synchronous=FULL", "busy_timeout=15000",
                       "secure_delete=ON", "trusted_schema=ON", "cache_spill=OFF"):  # fmt: skip
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _writing.get() else "BEGIN")

    return engine


def engine_options(url: str) -> dict[str, Any]:
    """Return how an engine on `url` is to be made.

    SQLite keeps no compiled statement: one that was allowed must not run again unlooked at.
    """
    if url.startswith("sqlite"):
        return {"connect_args": {"cached_statements": 0}}
    return {"pool_pre_ping": True}


def open_engine(url: str, *, owner: bool = False) -> Engine:
    """Return an engine on `url`, set up by `prepare`.

    Args:
        url: the database.
        owner: work as the owner of the tables, before whom there are no walls.
    """
    engine = create_engine(url, **engine_options(url), execution_options={OWNER: owner})
    if owner:

        @event.listens_for(engine, "connect")
        def _mark(_connection: Any, record: Any) -> None:
            record.info[OWNER] = True

    return prepare(engine)


def tell_sizes(session: Session, *tables: type[Model]) -> None:
    """Let PostgreSQL's planner know how large these tables have become by a bulk load.

    Until its own housekeeping comes by, it takes full tables for empty ones and scans them for
    every row. Name only tables that were filled: told of an empty one, it goes on scanning that
    one when it has long been full. Elsewhere, and for a role that does not own them, this does
    nothing.
    """
    if session.get_bind().dialect.name == "postgresql":
        quote = session.get_bind().dialect.identifier_preparer.quote
        names = ", ".join(quote(table.__tablename__) for table in tables)
        session.execute(text(f"ANALYZE {names}"))


@contextmanager
def transaction(session: Session) -> Iterator[Session]:
    """Commit once when the block succeeds; undo everything when it does not.

    Only an edge opens one: a page, an API call, a command, a job. Services add and flush; they
    never commit, so that several of them can make up one act. What was only read before ends
    first, so that a writer on SQLite queues for its turn instead of failing half-way.
    """
    if session.in_transaction():
        session.commit()
    token = _writing.set(True)
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        _writing.reset(token)
