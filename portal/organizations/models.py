"""Tables of tenants, units, appointments and plugin switches."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.crypto import Sealed
from portal.core.database import (
    Code,
    Created,
    Instant,
    Key,
    Model,
    Name,
    Reference,
    SealedBytes,
    Tenant,
    TreePath,
    UtcDateTime,
    Version,
)
from portal.core.keys import KeyType


class Kind(StrEnum):
    """The level of a unit (mission O1)."""

    CITY = "city"
    DISTRICT = "district"
    COMMITTEE = "committee"
    GENERAL_BRANCH = "general_branch"
    BRANCH = "branch"


class TenantRoot(Model):
    """A tenant: one city or district with everything beneath it."""

    __tablename__ = "tenant"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[Name]
    zone: Mapped[str] = mapped_column(String(40), default="Asia/Shanghai")
    closes: Mapped[time | None] = mapped_column(comment="hour at which a deadline day ends")
    next_number: Mapped[int] = mapped_column(default=1, comment="next number of a unit")
    demo: Mapped[bool] = mapped_column(default=False, comment="made-up people for practice")


class Unit(Model):
    """A node of one tenant's tree, where it stands today."""

    __tablename__ = "unit"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "parent_id"], ["unit.tenant_id", "unit.id"]),
        UniqueConstraint("tenant_id", "code"),
        UniqueConstraint("tenant_id", "path"),
        Index(None, "tenant_id", "parent_id"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    parent_id: Mapped[Reference | None]
    path: Mapped[TreePath]
    code: Mapped[Code]
    kind: Mapped[str] = mapped_column(String(20), comment="a value of Kind")
    name: Mapped[Name] = mapped_column(comment="short name")
    full_name: Mapped[str] = mapped_column(String(200), default="")
    category: Mapped[str] = mapped_column(String(3), default="", comment="组织类别 611…932")
    sector: Mapped[str] = mapped_column(String(1), default="", comment="党组织类别 1–9")
    first_responsible: Mapped[Name] = mapped_column(default="", comment="第一责任人")
    directly_responsible: Mapped[Name] = mapped_column(default="", comment="直接责任人")
    liaison: Mapped[Name] = mapped_column(default="", comment="联系人")
    phone_sealed: Mapped[SealedBytes | None]
    information: Mapped[str] = mapped_column(String(2000), default="", comment="所在单位情况")
    dissolved_on: Mapped[date | None]
    version: Version = mapped_column()

    phone = Sealed("phone_sealed")

    __mapper_args__ = {"version_id_col": version}


class UnitLink(Model):
    """Under which parent a unit stood, from a day and up to, not including, another."""

    __tablename__ = "unit_link"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        ForeignKeyConstraint(["tenant_id", "parent_id"], ["unit.tenant_id", "unit.id"]),
        UniqueConstraint("tenant_id", "unit_id", "valid_from"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    unit_id: Mapped[Reference]
    parent_id: Mapped[Reference | None]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(200), default="")


class Account(User):
    """A person who signs in: FAB's user with what the portal needs of it."""

    __tablename__ = "ab_user"

    tenant_id: Mapped[int | None] = mapped_column(ForeignKey("tenant.id"), index=True)
    full_name: Mapped[str | None] = mapped_column(String(120))
    session_version: Mapped[int | None] = mapped_column(default=0)
    locale: Mapped[str | None] = mapped_column(String(10))
    large_type: Mapped[bool | None] = mapped_column(default=False)
    must_change: Mapped[bool | None] = mapped_column(default=False)
    member_id: Mapped[uuid.UUID | None] = mapped_column(
        KeyType, comment="the holder's own record, linked by an administrator"
    )
    password_set_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    secret_until: Mapped[datetime | None] = mapped_column(
        UtcDateTime,
        comment="until when a password given by somebody else opens",
    )


class Appointment(Model):
    """A person's role at a unit."""

    __tablename__ = "appointment"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        UniqueConstraint("tenant_id", "user_id", "unit_id", "role"),
        CheckConstraint("role NOT IN ('operator', 'emergency')", "appointable"),
        CheckConstraint('"by" <> user_id', "not_by_oneself"),
        CheckConstraint(
            'confirmed_by <> user_id AND ("by" IS NULL OR confirmed_by <> "by")', "two_people"
        ),
        Index(
            "uq_appointment_three_admins",
            "tenant_id",
            "user_id",
            unique=True,
            sqlite_where=text("role IN ('system_admin','security_admin','audit_admin')"),
            postgresql_where=text("role IN ('system_admin','security_admin','audit_admin')"),
        ),
        Index(None, "tenant_id", "path"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    unit_id: Mapped[Reference]
    path: Mapped[TreePath]
    role: Mapped[str] = mapped_column(String(20), comment="a value of Role")
    at: Mapped[Created]
    by: Mapped[int | None] = mapped_column(comment="who appointed; ab_user.id")
    confirmed_by: Mapped[int | None] = mapped_column(comment="who confirmed it; ab_user.id")


class EmergencyAccess(Model):
    """One unit's persons opened to a superior for a short while (security.md D6)."""

    __tablename__ = "emergency_access"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        CheckConstraint("minutes BETWEEN 1 AND 60", "an_hour_at_most"),
        CheckConstraint("reason <> ''", "with_a_reason"),
        Index(None, "tenant_id", "path", "opened_at"),
        Index(None, "tenant_id", "user_id", "opened_at"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    user_id: Mapped[int]
    unit_id: Mapped[Reference]
    path: Mapped[TreePath]
    reason: Mapped[str] = mapped_column(String(500))
    opened_at: Mapped[Instant]
    minutes: Mapped[int]
    ended_at: Mapped[Instant | None] = mapped_column(comment="ended early")
    ended_by: Mapped[int | None]

    @property
    def until(self) -> datetime:
        """Return the instant from which on it opens nothing."""
        by_itself = self.opened_at + timedelta(minutes=self.minutes)
        return by_itself if self.ended_at is None else min(by_itself, self.ended_at)

    def is_open(self, at: datetime) -> bool:
        """Tell whether it holds at the instant `at`."""
        return self.opened_at <= at < self.until


class PluginSwitch(Model):
    """A plugin switched on or off at a node; it holds for the subtree's units of its sectors."""

    __tablename__ = "plugin_switch"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        UniqueConstraint("tenant_id", "unit_id", "plugin"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    unit_id: Mapped[Reference]
    path: Mapped[TreePath]
    plugin: Mapped[str] = mapped_column(String(40))
    on: Mapped[bool]
    sectors: Mapped[str] = mapped_column(
        String(9), default="", server_default="", comment="it looked after when switched, or ''"
    )
    plugin_version: Mapped[str] = mapped_column(String(20), default="", server_default="")
    at: Mapped[Created]
    by: Mapped[int | None]
