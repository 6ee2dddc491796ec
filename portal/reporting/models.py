"""Tables of the catalogue, what is owed, what was filed, and what was remarked on it."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.crypto import Sealed
from portal.core.database import (
    Code,
    Created,
    Instant,
    Key,
    Model,
    Reference,
    SealedBytes,
    Tenant,
    Text,
    TreePath,
    Version,
)


class State(StrEnum):
    """How far a return has come (mission V2, V3)."""

    OPEN = "open"
    FILED = "filed"
    TAKEN_UP = "taken_up"
    ACCEPTED = "accepted"
    RETURNED = "returned"


class Catalogue(Model):
    """The cells of all tables of a campaign in their fixed order, frozen under a version."""

    __tablename__ = "catalogue"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "campaign_id"], ["campaign.tenant_id", "campaign.id"]),
        UniqueConstraint("tenant_id", "campaign_id", "number"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    campaign_id: Mapped[Reference]
    number: Mapped[int] = mapped_column(comment="the version, from 1")
    tables: Mapped[list[Any]] = mapped_column(JSON, comment="grids and registers, as JSON")
    at: Mapped[Created]


class Return(Model):
    """What one unit owes on one deliverable, and how far it has come."""

    __tablename__ = "return"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "campaign_id"], ["campaign.tenant_id", "campaign.id"]),
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        UniqueConstraint("tenant_id", "campaign_id", "unit_id", "deliverable"),
        CheckConstraint("filed_by <> taken_up_by", "not_taken_up_by_the_filer"),
        CheckConstraint("filed_by <> decided_by", "not_decided_by_the_filer"),
        Index(None, "tenant_id", "campaign_id", "deliverable", "path"),
        Index(None, "tenant_id", "campaign_id", "parent_path", "state"),
        Index(None, "tenant_id", "unit_id", "deliverable"),  # the same in earlier campaigns
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    campaign_id: Mapped[Reference]
    unit_id: Mapped[Reference]
    path: Mapped[TreePath]
    parent_path: Mapped[TreePath] = mapped_column(comment="where it is reviewed")
    deliverable: Mapped[Code]
    state: Mapped[str] = mapped_column(String(10), default=State.OPEN.value)
    due_at: Mapped[Instant]
    exempt: Mapped[str] = mapped_column(String(200), default="", comment="why it is not owed")
    round: Mapped[int] = mapped_column(default=0, comment="how often it was filed")
    filing_id: Mapped[Reference | None] = mapped_column(comment="the newest filing")
    first_filed_at: Mapped[Instant | None]
    late: Mapped[bool] = mapped_column(default=False, comment="judged at the first filing")
    filed_by: Mapped[int | None] = mapped_column(comment="who filed it last")
    taken_up_by: Mapped[int | None]
    decided_at: Mapped[Instant | None]
    decided_by: Mapped[int | None]
    version: Version = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class Filing(Model):
    """One version of what a unit handed upward. It is never changed."""

    __tablename__ = "filing"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "return_id"], ["return.tenant_id", "return.id"]),
        UniqueConstraint("tenant_id", "return_id", "round"),
        Index(None, "tenant_id", "campaign_id", "path"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    campaign_id: Mapped[Reference]
    return_id: Mapped[Reference]
    path: Mapped[TreePath]
    round: Mapped[int]
    at: Mapped[Instant]
    by: Mapped[int | None]
    catalogue: Mapped[int] = mapped_column(comment="version of the catalogue")
    own: Mapped[bytes] = mapped_column(LargeBinary, comment="packed: the unit's own persons")
    figures: Mapped[bytes] = mapped_column(LargeBinary, comment="packed: own and children's")
    persons_sealed: Mapped[SealedBytes | None] = mapped_column(comment="JSON, see snapshot.py")
    checks: Mapped[list[Any]] = mapped_column(JSON, comment="outcome of every rule")
    overrides: Mapped[dict[str, Any]] = mapped_column(JSON, comment="{cell: {from, to, reason}}")
    narrative: Mapped[str] = mapped_column(String(20000), default="")
    children: Mapped[dict[str, str]] = mapped_column(JSON, comment="{child return id: hash}")
    hash: Mapped[str] = mapped_column(String(64), comment="SHA-256 over all of the above")

    persons = Sealed("persons_sealed")


class Explanation(Model):
    """The sentence a unit writes for a rule that asks for one, kept until it files."""

    __tablename__ = "explanation"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "return_id"], ["return.tenant_id", "return.id"]),
        UniqueConstraint("tenant_id", "return_id", "rule"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    return_id: Mapped[Reference]
    path: Mapped[TreePath]
    rule: Mapped[str] = mapped_column(String(80))
    text: Mapped[Text]
    at: Mapped[Created]
    by: Mapped[int | None]


class Override(Model):
    """A figure typed over the counted one, with its reason (mission W1)."""

    __tablename__ = "override"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "return_id"], ["return.tenant_id", "return.id"]),
        UniqueConstraint("tenant_id", "return_id", "cell"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    return_id: Mapped[Reference]
    path: Mapped[TreePath]
    cell: Mapped[str] = mapped_column(String(40), comment="table:row.column")
    value: Mapped[int]
    reason: Mapped[Text]
    at: Mapped[Created]
    by: Mapped[int | None]


class Remark(Model):
    """One numbered remark on a returned filing, its answer, and what became of it."""

    __tablename__ = "remark"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "return_id"], ["return.tenant_id", "return.id"]),
        UniqueConstraint("tenant_id", "return_id", "number"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    return_id: Mapped[Reference]
    filing_id: Mapped[Reference] = mapped_column(comment="the filing remarked on")
    path: Mapped[TreePath]
    number: Mapped[int]
    table: Mapped[Code] = mapped_column(comment="t4, t7 … or empty for the whole")
    place: Mapped[str] = mapped_column(String(80), default="", comment="cell, row or check")
    severity: Mapped[str] = mapped_column(String(10), default="error", comment="error or hint")
    text: Mapped[Text]
    at: Mapped[Created]
    by: Mapped[int | None]
    answer: Mapped[str] = mapped_column(String(10), default="", comment="changed, explained or ''")
    answer_text: Mapped[str] = mapped_column(String(2000), default="")
    answered_at: Mapped[Instant | None]
    answered_by: Mapped[int | None]
    before: Mapped[int | None] = mapped_column(comment="the cell when it was remarked on")
    after: Mapped[int | None] = mapped_column(comment="the cell when it was filed again")


class Subtotal(Model):
    """What the direct children of one unit have reported so far; one row per parent.

    Updated in the transaction that files. Nothing above the direct parent is ever updated.
    """

    __tablename__ = "subtotal"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "campaign_id"], ["campaign.tenant_id", "campaign.id"]),
        UniqueConstraint("tenant_id", "campaign_id", "deliverable", "path"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    campaign_id: Mapped[Reference]
    deliverable: Mapped[Code]
    path: Mapped[TreePath] = mapped_column(comment="the parent")
    reported: Mapped[bytes] = mapped_column(LargeBinary, comment="packed: Σ own of the children")
    expected: Mapped[int] = mapped_column(default=0)
    filed: Mapped[int] = mapped_column(default=0)
    late: Mapped[int] = mapped_column(default=0)
    accepted: Mapped[int] = mapped_column(default=0)
    exempt: Mapped[int] = mapped_column(default=0)


class Chase(Model):
    """One reminder to one unit of what it owes (mission C4); at most one a workday."""

    __tablename__ = "chase"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "campaign_id"], ["campaign.tenant_id", "campaign.id"]),
        UniqueConstraint("tenant_id", "campaign_id", "unit_id", "day"),
        Index(None, "tenant_id", "campaign_id", "path"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    campaign_id: Mapped[Reference]
    unit_id: Mapped[Reference]
    path: Mapped[TreePath] = mapped_column(comment="the unit that is reminded")
    day: Mapped[date]
    owed: Mapped[list[str]] = mapped_column(JSON, comment="deliverables")
    text: Mapped[Text]
    at: Mapped[Instant]
    by: Mapped[int | None]


class Circular(Model):
    """A circular to everybody below a unit: how the work stands, who is behind (mission C4)."""

    __tablename__ = "circular"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "campaign_id"], ["campaign.tenant_id", "campaign.id"]),
        Index(None, "tenant_id", "campaign_id", "path", "at"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    campaign_id: Mapped[Reference]
    path: Mapped[TreePath] = mapped_column(comment="the unit that issued it")
    title: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(String(10000))
    at: Mapped[Instant]
    by: Mapped[int | None]
