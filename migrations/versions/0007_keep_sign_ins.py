"""Keep sign ins.

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "throttle",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("about", sa.LargeBinary(length=32), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("locked_until", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "about", name=op.f("pk_throttle")),
    )
    op.create_table(
        "factor",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("seed_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column(
            "proposed_in",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=False,
            comment="the sign-in that may confirm it",
        ),
        sa.Column(
            "last_step", sa.BigInteger(), nullable=False, comment="the last time step used up"
        ),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_factor_user_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_factor")),
        sa.UniqueConstraint(
            "tenant_id", "user_id", "confirmed", name=op.f("uq_factor_tenant_id_user_id_confirmed")
        ),
    )
    op.create_table(
        "recovery_code",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.LargeBinary(length=32), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_recovery_code_user_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint(
            "tenant_id", "user_id", "code", name=op.f("uq_recovery_code_tenant_id_user_id_code")
        ),
    )
    op.create_table(
        "sign_in",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column("token", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False, comment="a value of Channel"),
        sa.Column("stage", sa.String(length=10), nullable=False, comment="a value of Stage"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("idle_minutes", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False, comment="kept to about a minute"),
        sa.Column(
            "proved_at",
            sa.DateTime(),
            nullable=False,
            comment="when password and factor last were given",
        ),
        sa.Column(
            "device", sa.String(length=60), nullable=False, comment="browser and system, no more"
        ),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("ended_why", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_sign_in_user_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("tenant_id", "token", name=op.f("uq_sign_in_tenant_id_token")),
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sign_in_tenant_id_user_id_started_at"),
            ["tenant_id", "user_id", "started_at"],
            unique=False,
        )

    with op.batch_alter_table("ab_user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("password_set_at", sa.DateTime(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "secret_until",
                sa.DateTime(),
                nullable=True,
                comment="until when a password given by somebody else opens",
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("ab_user", schema=None) as batch_op:
        batch_op.drop_column("secret_until")
        batch_op.drop_column("password_set_at")

    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_tenant_id_user_id_started_at"))

    op.drop_table("sign_in")
    op.drop_table("recovery_code")
    op.drop_table("factor")
    op.drop_table("throttle")
