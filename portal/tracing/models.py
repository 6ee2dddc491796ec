"""The contact log. Append-only: a correction is a new entry that points to the old one."""

from __future__ import annotations

from sqlalchemy import ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.crypto import Sealed
from portal.core.database import (
    Instant,
    Key,
    Model,
    Name,
    PartialDay,
    Reference,
    SealedBytes,
    Tenant,
    TreePath,
)


class Contact(Model):
    """One attempt to reach a member, typed by a person (mission T2)."""

    __tablename__ = "contact"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "record_id"], ["record.tenant_id", "record.id"]),
        Index(None, "tenant_id", "record_id", "at"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    record_id: Mapped[Reference]
    path: Mapped[TreePath]
    on: Mapped[PartialDay] = mapped_column(comment="the day of the attempt")
    channel: Mapped[str] = mapped_column(String(12), comment="see screening/codes.toml")
    result: Mapped[str] = mapped_column(String(12), comment="reached, not_reached, promised")
    responsible: Mapped[Name] = mapped_column(comment="who made the attempt")
    course_sealed: Mapped[SealedBytes | None] = mapped_column(comment="经过, free text")
    corrects: Mapped[Reference | None]
    at: Mapped[Instant]
    by: Mapped[int | None]

    course = Sealed("course_sealed")
