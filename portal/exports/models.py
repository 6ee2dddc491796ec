"""The table of exports: who took what away, why, who approved it, and what tells it apart."""

from __future__ import annotations

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Created, Instant, Key, Model, Reference, Tenant, TreePath, Version


class Export(Model):
    """One file that was made to be taken away, and what became of it."""

    __tablename__ = "export"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        UniqueConstraint("tenant_id", "number"),
        Index(None, "tenant_id", "path", "at"),
        Index(None, "tenant_id", "by", "at"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    unit_id: Mapped[Reference] = mapped_column(comment="whose table it is")
    path: Mapped[TreePath] = mapped_column(comment="where that unit stands")
    by: Mapped[int | None] = mapped_column(comment="ab_user.id; empty: the operator")
    at: Mapped[Created]
    what: Mapped[str] = mapped_column(String(20), comment="code of a table, or roster")
    reason: Mapped[str] = mapped_column(String(20))
    rows: Mapped[int] = mapped_column(comment="rows of the sheet")
    persons: Mapped[int] = mapped_column(comment="persons named in it")
    units: Mapped[int] = mapped_column(comment="branches these persons belong to")
    state: Mapped[str] = mapped_column(String(10), comment="waiting ready fetched refused expired")
    approver: Mapped[int | None] = mapped_column(comment="ab_user.id of who decided")
    decided_at: Mapped[Instant | None]
    number: Mapped[str] = mapped_column(String(20), comment="stands on the file, seen and unseen")
    sha256: Mapped[str] = mapped_column(String(64), comment="of the file as it was made")
    file_name: Mapped[str] = mapped_column(String(255))
    stored_as: Mapped[str] = mapped_column(String(80), default="", comment="random; empty: gone")
    prints: Mapped[bytes] = mapped_column(
        LargeBinary, default=b"", comment="keyed digests of its long cells, eight bytes each"
    )
    ticket: Mapped[bytes | None] = mapped_column(
        LargeBinary(32), comment="digest of the link that still works, and of whose it is"
    )
    ticket_until: Mapped[Instant | None]
    fetched_at: Mapped[Instant | None]
    version: Version = mapped_column()

    __mapper_args__ = {"version_id_col": version}
