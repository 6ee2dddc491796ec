"""Exports.

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "export",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column(
            "unit_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=False,
            comment="whose table it is",
        ),
        sa.Column(
            "path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
            comment="where that unit stands",
        ),
        sa.Column("by", sa.Integer(), nullable=True, comment="ab_user.id; empty: the operator"),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column(
            "what", sa.String(length=20), nullable=False, comment="code of a table, or roster"
        ),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False, comment="rows of the sheet"),
        sa.Column("persons", sa.Integer(), nullable=False, comment="persons named in it"),
        sa.Column(
            "units", sa.Integer(), nullable=False, comment="branches these persons belong to"
        ),
        sa.Column(
            "state",
            sa.String(length=10),
            nullable=False,
            comment="waiting ready fetched refused expired",
        ),
        sa.Column("approver", sa.Integer(), nullable=True, comment="ab_user.id of who decided"),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column(
            "number",
            sa.String(length=20),
            nullable=False,
            comment="stands on the file, seen and unseen",
        ),
        sa.Column(
            "sha256", sa.String(length=64), nullable=False, comment="of the file as it was made"
        ),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("stored_as", sa.String(length=80), nullable=False, comment="random; empty: gone"),
        sa.Column(
            "prints",
            sa.LargeBinary(),
            nullable=False,
            comment="keyed digests of its long cells, eight bytes each",
        ),
        sa.Column(
            "ticket",
            sa.LargeBinary(length=32),
            nullable=True,
            comment="digest of the link that still works, and of whose it is",
        ),
        sa.Column("ticket_until", sa.DateTime(), nullable=True),
        sa.Column("fetched_at", sa.DateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_export_tenant_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_export")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_export_tenant_id_number")),
    )
    with op.batch_alter_table("export", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_export_tenant_id_by_at"), ["tenant_id", "by", "at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_export_tenant_id_path_at"), ["tenant_id", "path", "at"], unique=False
        )

    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("size", sa.Integer(), server_default="0", nullable=False, comment="bytes")
        )


def downgrade() -> None:
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.drop_column("size")

    with op.batch_alter_table("export", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_export_tenant_id_path_at"))
        batch_op.drop_index(batch_op.f("ix_export_tenant_id_by_at"))

    op.drop_table("export")
