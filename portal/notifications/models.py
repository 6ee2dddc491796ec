"""The inbox."""

from __future__ import annotations

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Created, Instant, Key, Model, Tenant


class Notice(Model):
    """One thing one person is told, in both languages, with a place to go."""

    __tablename__ = "notice"
    __table_args__ = (Index(None, "tenant_id", "user_id", "read_at"),)

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    user_id: Mapped[int]
    at: Mapped[Created]
    kind: Mapped[str] = mapped_column(String(20))
    zh: Mapped[str] = mapped_column(String(500))
    en: Mapped[str] = mapped_column(String(500))
    link: Mapped[str] = mapped_column(String(200), default="")
    read_at: Mapped[Instant | None]
