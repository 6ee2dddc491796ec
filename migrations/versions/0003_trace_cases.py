"""Trace cases.

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact_draft",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column(
            "record_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("answers_sealed", sa.LargeBinary(), nullable=True, comment="JSON {field: text}"),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "record_id"],
            ["record.tenant_id", "record.id"],
            name=op.f("fk_contact_draft_tenant_id_record_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_contact_draft")),
        sa.UniqueConstraint(
            "tenant_id",
            "record_id",
            "user_id",
            name=op.f("uq_contact_draft_tenant_id_record_id_user_id"),
        ),
    )
    op.create_table(
        "tracing_case",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column(
            "record_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("responsible", sa.String(length=120), nullable=False, comment="责任人"),
        sa.Column("due_on", sa.Date(), nullable=False, comment="查找时限, the last day"),
        sa.Column(
            "reminded_on", sa.Date(), nullable=True, comment="when the unit was last reminded"
        ),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True, comment="失联原因"),
        sa.Column("conduct_sealed", sa.LargeBinary(), nullable=True, comment="失联期间现实表现"),
        sa.Column("inquired_on", sa.String(length=10), nullable=True, comment="调查核实 day"),
        sa.Column("inquired_by", sa.String(length=120), nullable=False, comment="调查核实人"),
        sa.Column("explained", sa.String(length=10), nullable=False),
        sa.Column("attitude", sa.String(length=10), nullable=False),
        sa.Column("wish", sa.String(length=10), nullable=False),
        sa.Column("adverse", sa.String(length=10), nullable=False),
        sa.Column("way", sa.String(length=12), nullable=False, comment="confirmed by a person"),
        sa.Column("way_note", sa.String(length=500), nullable=False, comment="why not as proposed"),
        sa.Column("way_at", sa.DateTime(), nullable=True),
        sa.Column("way_by", sa.Integer(), nullable=True),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("updated_by", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "record_id"],
            ["record.tenant_id", "record.id"],
            name=op.f("fk_tracing_case_tenant_id_record_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_tracing_case")),
        sa.UniqueConstraint(
            "tenant_id", "record_id", name=op.f("uq_tracing_case_tenant_id_record_id")
        ),
    )
    with op.batch_alter_table("tracing_case", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_tracing_case_tenant_id_path_due_on"),
            ["tenant_id", "path", "due_on"],
            unique=False,
        )

    op.create_table(
        "tracing_outcome",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column(
            "record_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("outcome", sa.String(length=10), nullable=False, comment="found or not_found"),
        sa.Column("found_on", sa.String(length=10), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "record_id"],
            ["record.tenant_id", "record.id"],
            name=op.f("fk_tracing_outcome_tenant_id_record_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_tracing_outcome")),
    )
    with op.batch_alter_table("tracing_outcome", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_tracing_outcome_tenant_id_record_id_at"),
            ["tenant_id", "record_id", "at"],
            unique=False,
        )

    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_unique_constraint(
            batch_op.f("uq_contact_tenant_id_corrects"), ["tenant_id", "corrects"]
        )


def downgrade() -> None:
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_contact_tenant_id_corrects"), type_="unique")

    with op.batch_alter_table("tracing_outcome", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tracing_outcome_tenant_id_record_id_at"))

    op.drop_table("tracing_outcome")
    with op.batch_alter_table("tracing_case", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tracing_case_tenant_id_path_due_on"))

    op.drop_table("tracing_case")
    op.drop_table("contact_draft")
