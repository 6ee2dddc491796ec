"""Searches: the case, the contact log, what became of it. Logs are append-only."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint
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
    Version,
)


class Case(Model):
    """The search for one lost member (mission T1, T3, T4): who answers for it, until when.

    The answers to the questions of `ways.toml` are columns of their names.
    """

    __tablename__ = "tracing_case"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "record_id"], ["record.tenant_id", "record.id"]),
        UniqueConstraint("tenant_id", "record_id"),
        Index(None, "tenant_id", "path", "due_on"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    record_id: Mapped[Reference]
    path: Mapped[TreePath]
    responsible: Mapped[Name] = mapped_column(comment="责任人")
    due_on: Mapped[date] = mapped_column(comment="查找时限, the last day")
    reminded_on: Mapped[date | None] = mapped_column(comment="when the unit was last reminded")
    reason_sealed: Mapped[SealedBytes | None] = mapped_column(comment="失联原因")
    conduct_sealed: Mapped[SealedBytes | None] = mapped_column(comment="失联期间现实表现")
    inquired_on: Mapped[PartialDay | None] = mapped_column(comment="调查核实 day")
    inquired_by: Mapped[Name] = mapped_column(default="", comment="调查核实人")
    explained: Mapped[str] = mapped_column(String(10), default="")
    attitude: Mapped[str] = mapped_column(String(10), default="")
    wish: Mapped[str] = mapped_column(String(10), default="")
    adverse: Mapped[str] = mapped_column(String(10), default="")
    way: Mapped[str] = mapped_column(String(12), default="", comment="confirmed by a person")
    way_note: Mapped[str] = mapped_column(String(500), default="", comment="why not as proposed")
    way_at: Mapped[Instant | None]
    way_by: Mapped[int | None]
    updated_at: Mapped[Instant]
    updated_by: Mapped[int | None]
    version: Version = mapped_column()

    reason = Sealed("reason_sealed")
    conduct = Sealed("conduct_sealed")

    __mapper_args__ = {"version_id_col": version}


class Contact(Model):
    """One attempt to reach a member, typed by a person (mission T2).

    `corrects` is the entry that this one puts right.
    """

    __tablename__ = "contact"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "record_id"], ["record.tenant_id", "record.id"]),
        Index(None, "tenant_id", "record_id", "at"),
        UniqueConstraint("tenant_id", "corrects"),
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


class OutcomeEntry(Model):
    """What was said of the outcome of a search, one row each time: the way between registers."""

    __tablename__ = "tracing_outcome"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "record_id"], ["record.tenant_id", "record.id"]),
        Index(None, "tenant_id", "record_id", "at"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    record_id: Mapped[Reference]
    path: Mapped[TreePath]
    outcome: Mapped[str] = mapped_column(String(10), comment="found or not_found")
    found_on: Mapped[PartialDay | None]
    at: Mapped[Instant]
    by: Mapped[int | None]


class ContactDraft(Model):
    """What a person has typed of one attempt and not yet saved; theirs alone."""

    __tablename__ = "contact_draft"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "record_id"], ["record.tenant_id", "record.id"]),
        UniqueConstraint("tenant_id", "record_id", "user_id"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    record_id: Mapped[Reference]
    path: Mapped[TreePath]
    user_id: Mapped[int]
    answers_sealed: Mapped[SealedBytes | None] = mapped_column(comment="JSON {field: text}")
    at: Mapped[Instant]

    answers_json = Sealed("answers_sealed")
