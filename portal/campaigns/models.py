"""Tables of campaigns and the dates set within them."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import JSON, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import (
    Code,
    Created,
    Instant,
    Key,
    Model,
    Name,
    Reference,
    Tenant,
    TreePath,
    Version,
)


class Campaign(Model):
    """One audit, made from a template; `plan` is the tenant's own copy of it."""

    __tablename__ = "campaign"
    __table_args__ = (UniqueConstraint("tenant_id", "code"),)

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    path: Mapped[TreePath] = mapped_column(comment="the root of the tree it runs in")
    code: Mapped[Code]
    template: Mapped[Code]
    title: Mapped[Name]
    starts_on: Mapped[date]
    cut_off: Mapped[date] = mapped_column(comment="the day months out of contact are counted to")
    rule_set: Mapped[str] = mapped_column(String(20))
    plan: Mapped[dict[str, Any]] = mapped_column(JSON, comment="template.Plan as JSON")
    state: Mapped[str] = mapped_column(String(10), default="open", comment="open or closed")
    opened_at: Mapped[Created]
    closed_at: Mapped[Instant | None]
    version: Version = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class InnerDate(Model):
    """An earlier date a superior set for its subtree, or a reasoned extension inside it (C3)."""

    __tablename__ = "inner_date"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "campaign_id"], ["campaign.tenant_id", "campaign.id"]),
        UniqueConstraint("tenant_id", "campaign_id", "path", "deliverable"),
        Index(None, "tenant_id", "path"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    campaign_id: Mapped[Reference]
    path: Mapped[TreePath] = mapped_column(comment="holds for the units strictly beneath")
    deliverable: Mapped[Code]
    kind: Mapped[str] = mapped_column(String(10), default="earlier", comment="earlier, extension")
    day: Mapped[date]
    reason: Mapped[str] = mapped_column(String(500), default="")
    at: Mapped[Instant]
    by: Mapped[int | None]
