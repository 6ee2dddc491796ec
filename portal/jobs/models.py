"""The job table: written in the transaction that asks for the work."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Created, Instant, Key, Model, Tenant, TreePath


class JobState(StrEnum):
    """How far a job has come."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(Model):
    """One piece of background work. `arguments` hold ids, never personal data."""

    __tablename__ = "job"
    __table_args__ = (Index(None, "tenant_id", "state"), Index(None, "tenant_id", "path"))

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    path: Mapped[TreePath]
    kind: Mapped[str] = mapped_column(String(30))
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(10), default=JobState.WAITING.value)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    message_zh: Mapped[str] = mapped_column(String(500), default="")
    message_en: Mapped[str] = mapped_column(String(500), default="")
    result: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    cancel: Mapped[bool] = mapped_column(default=False)
    at: Mapped[Created]
    by: Mapped[int | None]
    started_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]
