"""Tables of uploads: what was read, what was taken over, and how to take it back."""

from __future__ import annotations

from sqlalchemy import JSON, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Created, Instant, Key, Model, Reference, Tenant, TreePath, Version


class Upload(Model):
    """One uploaded roster and how far it has come: read, confirmed, undone."""

    __tablename__ = "upload"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        Index(None, "tenant_id", "path", "at"),
        Index(None, "tenant_id", "unit_id", "file_hash"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    unit_id: Mapped[Reference]
    path: Mapped[TreePath]
    at: Mapped[Created]
    by: Mapped[int | None]
    file_name: Mapped[str] = mapped_column(String(255))
    file_hash: Mapped[str] = mapped_column(String(64), comment="SHA-256 of the bytes")
    stored_as: Mapped[str] = mapped_column(String(80), comment="random name under data_dir")
    size: Mapped[int] = mapped_column(default=0, server_default="0", comment="bytes")
    sheet: Mapped[str] = mapped_column(String(80), default="")
    mapping: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, comment="{header: field}")
    answers: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, comment="{row: choice}")
    state: Mapped[str] = mapped_column(String(10), default="read", comment="read, taken, undone")
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    batch_id: Mapped[Reference | None] = mapped_column(comment="the changes last written from it")
    taken_at: Mapped[Instant | None]
    undone_at: Mapped[Instant | None]
    version: Version = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class RememberedMapping(Model):
    """Which column was taken for which field, remembered per unit."""

    __tablename__ = "remembered_mapping"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        UniqueConstraint("tenant_id", "unit_id"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    unit_id: Mapped[Reference]
    mapping: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
