"""Tables of keys, legal holds and purges."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import JSON, ForeignKeyConstraint, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Created, Instant, Key, Model, Reference, Tenant, TreePath


class KeyCheck(Model):
    """A master key this database knows: its name, and a value that tells the right one."""

    __tablename__ = "key_check"

    name: Mapped[str] = mapped_column(String(4), primary_key=True)
    proof: Mapped[bytes] = mapped_column(LargeBinary(16), comment="keyed digest of a fixed word")
    at: Mapped[Created]


class KeyRotation(Model):
    """How far one table of one tenant has been sealed anew."""

    __tablename__ = "key_rotation"
    __table_args__ = (UniqueConstraint("tenant_id", "table"),)

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    table: Mapped[str] = mapped_column(String(40))
    header: Mapped[bytes] = mapped_column(LargeBinary(5), comment="suite and key it is brought to")
    after: Mapped[Reference | None] = mapped_column(comment="the last row looked at")
    done: Mapped[int] = mapped_column(default=0, comment="rows sealed anew")
    finished: Mapped[bool] = mapped_column(default=False)


class Hold(Model):
    """A legal hold: nothing of a member, or of a unit's members, is purged until it is lifted."""

    __tablename__ = "hold"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"]),
        Index(None, "tenant_id", "path"),
        Index(None, "tenant_id", "member_id"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    path: Mapped[TreePath] = mapped_column(comment="the unit, or where the member stood")
    member_id: Mapped[Reference | None] = mapped_column(comment="empty: everybody at the unit")
    reason: Mapped[str] = mapped_column(String(500))
    at: Mapped[Instant]
    by: Mapped[int | None]
    lifted_at: Mapped[Instant | None]
    lifted_by: Mapped[int | None]
    lifted_why: Mapped[str] = mapped_column(String(500), default="")


class Stage(StrEnum):
    """How far a purge has come."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    DONE = "done"


class Purge(Model):
    """A list of what is past its time, proposed by one person and approved by another."""

    __tablename__ = "purge"
    __table_args__ = (Index(None, "tenant_id", "path", "at"),)

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    path: Mapped[TreePath]
    stage: Mapped[str] = mapped_column(String(10), default=Stage.PROPOSED.value)
    on: Mapped[date] = mapped_column(comment="the day things were past their time")
    counts: Mapped[dict[str, int]] = mapped_column(JSON, comment="items by class")
    at: Mapped[Created]
    by: Mapped[int | None]
    decided_at: Mapped[Instant | None]
    decided_by: Mapped[int | None]
    destroyed: Mapped[int] = mapped_column(default=0)
    kept: Mapped[int] = mapped_column(default=0, comment="no longer due, or held, at the end")
    verified_at: Mapped[Instant | None] = mapped_column(comment="looked for, and nothing was left")


class PurgeItem(Model):
    """One thing on the list of a purge: an id, and no name."""

    __tablename__ = "purge_item"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "purge_id"], ["purge.tenant_id", "purge.id"]),
        Index(None, "tenant_id", "purge_id", "state"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    purge_id: Mapped[Reference]
    path: Mapped[TreePath]
    kind: Mapped[str] = mapped_column(String(20), comment="a class of retention.toml")
    subject_id: Mapped[Reference]
    state: Mapped[str] = mapped_column(String(10), default="listed", comment="listed, gone, kept")
