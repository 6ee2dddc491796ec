"""The table of what was proposed about somebody's posts and account."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Instant, Key, Model, Reference, Tenant, TreePath, Version


class Step(StrEnum):
    """What is to be done, once a second person agrees."""

    APPOINT = "appoint"
    DISMISS = "dismiss"
    RESET = "reset"
    DISABLE = "disable"
    ENABLE = "enable"


class Answer(StrEnum):
    """What became of a proposal; one that nobody answers in time counts no more."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


_WAITING = text("state = 'waiting'")


class AppointmentProposal(Model):
    """What one person proposes about another's post or account, for a third to confirm (D3, D5)."""

    __tablename__ = "appointment_proposal"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        CheckConstraint('"by" <> user_id', "not_about_oneself"),
        CheckConstraint(
            "decided_by IS NULL OR state = 'withdrawn'"
            ' OR (decided_by <> "by" AND decided_by <> user_id)',
            "by_another",
        ),
        CheckConstraint("(state IN ('waiting', 'expired')) = (decided_by IS NULL)", "by_somebody"),
        CheckConstraint("reason <> ''", "with_a_reason"),
        Index(
            "uq_appointment_proposal_waiting", "tenant_id", "user_id", "unit_id", "role", "step",
            unique=True, sqlite_where=_WAITING, postgresql_where=_WAITING,
        ),
        Index(None, "tenant_id", "path", "state"),
    )  # fmt: skip

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    step: Mapped[str] = mapped_column(String(10), comment="a value of Step")
    user_id: Mapped[int] = mapped_column(comment="whom it concerns")
    unit_id: Mapped[Reference]
    path: Mapped[TreePath]
    role: Mapped[str] = mapped_column(String(20), comment="the post it is about")
    reason: Mapped[str] = mapped_column(String(500))
    by: Mapped[int] = mapped_column(comment="who proposes")
    at: Mapped[Instant]
    expires_at: Mapped[Instant]
    state: Mapped[str] = mapped_column(String(10), default=Answer.WAITING.value)
    decided_by: Mapped[int | None]
    decided_at: Mapped[Instant | None]
    answer: Mapped[str] = mapped_column(String(500), default="", comment="why it was declined")
    version: Version = mapped_column()

    __mapper_args__ = {"version_id_col": version}
