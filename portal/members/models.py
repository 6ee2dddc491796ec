"""Tables of members and the history of every change."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import JSON, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.crypto import Sealed
from portal.core.database import (
    Created,
    Digest,
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


class Standing(StrEnum):
    """人员类别."""

    FULL = "full"
    PROBATIONARY = "probationary"


class Tie(StrEnum):
    """How a person belongs to the branch (mission M2): on the roll, or sent off unreceipted."""

    ON_ROLL = "on_roll"
    SENT = "sent"
    LEFT = "left"


class Leaving(StrEnum):
    """Why somebody left the roll (mission M3); nobody is ever deleted."""

    TRANSFERRED = "transferred"
    DIED = "died"
    EXPELLED = "expelled"
    REMOVED = "removed"
    WITHDREW = "withdrew"
    NOT_RECOGNISED = "not_recognised"
    STOPPED = "stopped"
    DUPLICATE = "duplicate"
    UNDONE = "undone"


class Member(Model):
    """A person on a branch's roll, or one who was (mission M1; forms.md §1.3)."""

    __tablename__ = "member"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        Index(None, "tenant_id", "path", "tie", "name"),
        Index(None, "tenant_id", "id_digest"),
        Index(None, "tenant_id", "tail_digest"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    unit_id: Mapped[Reference]
    path: Mapped[TreePath]
    tie: Mapped[str] = mapped_column(String(10), default=Tie.ON_ROLL.value)
    name: Mapped[Name]
    pinyin: Mapped[str] = mapped_column(String(200), default="", comment="readings and initials")
    staff_number: Mapped[str] = mapped_column(String(40), default="", comment="学工号")
    gender: Mapped[str] = mapped_column(String(1), default="", comment="1 男 2 女")
    ethnicity: Mapped[str] = mapped_column(String(2), default="", comment="GB/T 3304")
    born: Mapped[PartialDay | None]
    education: Mapped[str] = mapped_column(String(2), default="", comment="forms.md §2.5 党统 code")
    standing: Mapped[str] = mapped_column(String(12), default=Standing.FULL.value)
    joined: Mapped[PartialDay | None]
    confirmed: Mapped[PartialDay | None] = mapped_column(comment="转正")
    occupation: Mapped[str] = mapped_column(String(60), default="", comment="工作岗位, words")
    membership: Mapped[str] = mapped_column(String(10), default="normal", comment="党籍状态")
    party_post: Mapped[str] = mapped_column(String(60), default="", comment="党内职务")
    id_sealed: Mapped[SealedBytes | None]
    id_digest: Mapped[Digest | None]
    tail_digest: Mapped[Digest | None] = mapped_column(comment="keyed digest of the last four")
    phone_sealed: Mapped[SealedBytes | None]
    landline_sealed: Mapped[SealedBytes | None]
    address_sealed: Mapped[SealedBytes | None]
    dues_until: Mapped[PartialDay | None] = mapped_column(comment="党费交至")
    last_meeting: Mapped[PartialDay | None] = mapped_column(comment="最近参加组织生活")
    lost_marked: Mapped[bool] = mapped_column(default=False, comment="名册所记 失联")
    lost_since: Mapped[PartialDay | None] = mapped_column(comment="名册所记 失去联系日期")
    floating_marked: Mapped[bool] = mapped_column(default=False, comment="名册所记 流动")
    destination: Mapped[str] = mapped_column(String(120), default="", comment="外出流向")
    letter_number: Mapped[str] = mapped_column(String(40), default="", comment="介绍信编号")
    letter_issued: Mapped[PartialDay | None]
    remark: Mapped[str] = mapped_column(String(500), default="")
    originals: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, comment="text as written")
    extra_sealed: Mapped[SealedBytes | None] = mapped_column(comment="JSON {title: text as is}")
    left_on: Mapped[date | None]
    left_reason: Mapped[str] = mapped_column(String(20), default="")
    left_note: Mapped[str] = mapped_column(String(500), default="")
    updated_at: Mapped[Created]
    updated_by: Mapped[int | None]
    version: Version = mapped_column()

    id_number = Sealed("id_sealed", index="id_digest")
    phone = Sealed("phone_sealed")
    landline = Sealed("landline_sealed")
    address = Sealed("address_sealed")
    extra_json = Sealed("extra_sealed")

    __mapper_args__ = {"version_id_col": version}


class Change(Model):
    """One change of one member, with what stood before and after; sealed, for it names values."""

    __tablename__ = "member_change"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"]),
        Index(None, "tenant_id", "member_id", "at"),
        Index(None, "tenant_id", "batch_id"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    member_id: Mapped[Reference]
    path: Mapped[TreePath]
    at: Mapped[Instant]
    by: Mapped[int | None]
    act: Mapped[str] = mapped_column(String(10), comment="add, change, leave or undo")
    version: Mapped[int] = mapped_column(comment="the member's version after this change")
    batch_id: Mapped[Reference | None] = mapped_column(comment="the import it came with")
    fields_sealed: Mapped[SealedBytes | None] = mapped_column(
        comment="JSON {field: [old, new]}; empty when added: it follows from the row"
    )

    fields_json = Sealed("fields_sealed")


class Reveal(Model):
    """One field of one member shown in full to one person, and why (security.md P5)."""

    __tablename__ = "reveal"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"]),
        Index(None, "tenant_id", "member_id", "at"),
        Index(None, "tenant_id", "user_id", "at"),
        Index(None, "tenant_id", "path", "at"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    member_id: Mapped[Reference]
    path: Mapped[TreePath] = mapped_column(comment="where the member stood")
    field: Mapped[str] = mapped_column(String(20), comment="a key of reveal.toml")
    user_id: Mapped[int]
    seat: Mapped[Digest] = mapped_column(comment="keyed digest of the session it holds in")
    reason: Mapped[str] = mapped_column(String(20), comment="a code of reveal.toml")
    note: Mapped[str] = mapped_column(String(200), comment="the reason in the reader's own words")
    at: Mapped[Instant]
    until: Mapped[Instant]


class TombstoneKey(Model):
    """The key of a tenant's tombstones, sealed: it outlives every master key."""

    __tablename__ = "tombstone_key"

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    key_sealed: Mapped[SealedBytes]

    key_text = Sealed("key_sealed")


class Tombstone(Model):
    """Somebody who was purged: when and what of them, findable by their ID number alone."""

    __tablename__ = "tombstone"
    __table_args__ = (Index(None, "tenant_id", "digest"), Index(None, "tenant_id", "path"))

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    path: Mapped[TreePath] = mapped_column(comment="where they stood")
    digest: Mapped[Digest | None] = mapped_column(comment="keyed digest of the ID number")
    on: Mapped[date]
    what: Mapped[dict[str, int]] = mapped_column(JSON, comment="rows destroyed, by table")
