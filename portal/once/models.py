"""The table of acts that were asked for under a key."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Created, Digest, Key, Model, Tenant


class Done(Model):
    """One act that was done, under which key, and what was answered."""

    __tablename__ = "once"
    __table_args__ = (
        UniqueConstraint("tenant_id", "user_id", "key"),
        Index(None, "tenant_id", "user_id", "at"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(comment="ab_user.id; 0: the operator")
    key: Mapped[str] = mapped_column(String(80))
    asked: Mapped[Digest] = mapped_column(comment="SHA-256 of what was asked for")
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[Created]
