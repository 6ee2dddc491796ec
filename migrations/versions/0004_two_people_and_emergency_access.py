"""Two people and emergency access.

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "appointment_proposal",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column("step", sa.String(length=10), nullable=False, comment="a value of Step"),
        sa.Column("user_id", sa.Integer(), nullable=False, comment="whom it concerns"),
        sa.Column(
            "unit_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("role", sa.String(length=20), nullable=False, comment="the post it is about"),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False, comment="who proposes"),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("answer", sa.String(length=500), nullable=False, comment="why it was declined"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('waiting', 'expired')) = (decided_by IS NULL)",
            name=op.f("ck_appointment_proposal_by_somebody"),
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_appointment_proposal_with_a_reason")),
        sa.CheckConstraint(
            '"by" <> user_id', name=op.f("ck_appointment_proposal_not_about_oneself")
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR state = 'withdrawn'"
            ' OR (decided_by <> "by" AND decided_by <> user_id)',
            name=op.f("ck_appointment_proposal_by_another"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_appointment_proposal_tenant_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_appointment_proposal")),
    )
    with op.batch_alter_table("appointment_proposal", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_appointment_proposal_tenant_id_path_state"),
            ["tenant_id", "path", "state"],
            unique=False,
        )
        batch_op.create_index(
            "uq_appointment_proposal_waiting",
            ["tenant_id", "user_id", "unit_id", "role", "step"],
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "emergency_access",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column(
            "unit_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True, comment="ended early"),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_emergency_access_with_a_reason")),
        sa.CheckConstraint(
            "minutes BETWEEN 1 AND 60", name=op.f("ck_emergency_access_an_hour_at_most")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_emergency_access_tenant_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_emergency_access")),
    )
    with op.batch_alter_table("emergency_access", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_emergency_access_tenant_id_path_opened_at"),
            ["tenant_id", "path", "opened_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_emergency_access_tenant_id_user_id_opened_at"),
            ["tenant_id", "user_id", "opened_at"],
            unique=False,
        )

    with op.batch_alter_table("ab_user", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "member_id",
                sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
                nullable=True,
                comment="the holder's own record, linked by an administrator",
            )
        )

    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "confirmed_by", sa.Integer(), nullable=True, comment="who confirmed it; ab_user.id"
            )
        )
        batch_op.drop_constraint(op.f("ck_appointment_nobody_is_operator"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_appointment_appointable"), "role NOT IN ('operator', 'emergency')"
        )
        batch_op.create_check_constraint(op.f("ck_appointment_not_by_oneself"), '"by" <> user_id')
        batch_op.create_check_constraint(
            op.f("ck_appointment_two_people"),
            'confirmed_by <> user_id AND ("by" IS NULL OR confirmed_by <> "by")',
        )

    with op.batch_alter_table("return", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("filed_by", sa.Integer(), nullable=True, comment="who filed it last")
        )
        batch_op.create_check_constraint(
            op.f("ck_return_not_taken_up_by_the_filer"), "filed_by <> taken_up_by"
        )
        batch_op.create_check_constraint(
            op.f("ck_return_not_decided_by_the_filer"), "filed_by <> decided_by"
        )


def downgrade() -> None:
    with op.batch_alter_table("return", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_return_not_taken_up_by_the_filer"), type_="check")
        batch_op.drop_constraint(op.f("ck_return_not_decided_by_the_filer"), type_="check")
        batch_op.drop_column("filed_by")

    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_appointment_appointable"), type_="check")
        batch_op.drop_constraint(op.f("ck_appointment_not_by_oneself"), type_="check")
        batch_op.drop_constraint(op.f("ck_appointment_two_people"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_appointment_nobody_is_operator"), "role <> 'operator'"
        )
        batch_op.drop_column("confirmed_by")

    with op.batch_alter_table("ab_user", schema=None) as batch_op:
        batch_op.drop_column("member_id")

    with op.batch_alter_table("emergency_access", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_emergency_access_tenant_id_user_id_opened_at"))
        batch_op.drop_index(batch_op.f("ix_emergency_access_tenant_id_path_opened_at"))

    op.drop_table("emergency_access")
    with op.batch_alter_table("appointment_proposal", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_appointment_proposal_waiting",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index(batch_op.f("ix_appointment_proposal_tenant_id_path_state"))

    op.drop_table("appointment_proposal")
