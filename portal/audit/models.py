"""Tables of the audit: the entries, chained per tenant, and the head of each chain."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Created, Digest, Instant, Key, Model, Tenant, TreePath

NOTHING_BEFORE = bytes(32)


class Entry(Model):
    """One act by one person on one thing, and its link to the entry before it."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        Index(None, "tenant_id", "path", "at"),
        Index(None, "tenant_id", "at"),
        Index(None, "tenant_id", "user_id", "number"),
        Index(None, "tenant_id", "subject", "number"),
        Index(None, "tenant_id", "act", "number"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    number: Mapped[int] = mapped_column(BigInteger, comment="from 1, without a gap, per tenant")
    user_id: Mapped[int | None] = mapped_column(comment="ab_user.id; empty: the operator")
    roles: Mapped[str] = mapped_column(String(120), comment="posts by which it was done there")
    at: Mapped[Created]
    act: Mapped[str] = mapped_column(String(40), comment="a value of Act")
    path: Mapped[TreePath] = mapped_column(comment="where it was done")
    subject: Mapped[str] = mapped_column(String(80), comment="kind:id of the thing acted on")
    result: Mapped[str] = mapped_column(String(10), comment="done, seen, denied, failed")
    address: Mapped[str] = mapped_column(String(45), comment="where the request came from")
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, comment="ids and codes, never a name")
    scheme: Mapped[int] = mapped_column(SmallInteger, comment="how the hash was made")
    previous: Mapped[Digest] = mapped_column(comment="hash of the entry before")
    hash: Mapped[Digest]


class Head(Model):
    """Where the chain of a tenant ends. Its row is the lock under which the chain grows."""

    __tablename__ = "audit_head"

    tenant_id: Mapped[Tenant]
    number: Mapped[int] = mapped_column(BigInteger, default=0)
    hash: Mapped[Digest] = mapped_column(default=NOTHING_BEFORE)
    at: Mapped[Instant]
