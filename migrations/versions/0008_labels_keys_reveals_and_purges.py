"""Labels keys reveals and purges.

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "key_check",
        sa.Column("name", sa.String(length=4), nullable=False),
        sa.Column(
            "proof",
            sa.LargeBinary(length=16),
            nullable=False,
            comment="keyed digest of a fixed word",
        ),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_key_check")),
    )
    op.create_table(
        "key_rotation",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column("table", sa.String(length=40), nullable=False),
        sa.Column(
            "header",
            sa.LargeBinary(length=5),
            nullable=False,
            comment="suite and key it is brought to",
        ),
        sa.Column(
            "after",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=True,
            comment="the last row looked at",
        ),
        sa.Column("done", sa.Integer(), nullable=False, comment="rows sealed anew"),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_key_rotation")),
        sa.UniqueConstraint("tenant_id", "table", name=op.f("uq_key_rotation_tenant_id_table")),
    )
    op.create_table(
        "purge",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column(
            "path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column("on", sa.Date(), nullable=False, comment="the day things were past their time"),
        sa.Column("counts", sa.JSON(), nullable=False, comment="items by class"),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("destroyed", sa.Integer(), nullable=False),
        sa.Column(
            "kept", sa.Integer(), nullable=False, comment="no longer due, or held, at the end"
        ),
        sa.Column(
            "verified_at", sa.DateTime(), nullable=True, comment="looked for, and nothing was left"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_purge")),
    )
    with op.batch_alter_table("purge", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_purge_tenant_id_path_at"), ["tenant_id", "path", "at"], unique=False
        )

    op.create_table(
        "tombstone",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column(
            "path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
            comment="where they stood",
        ),
        sa.Column(
            "digest",
            sa.LargeBinary(length=32),
            nullable=True,
            comment="keyed digest of the ID number",
        ),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("what", sa.JSON(), nullable=False, comment="rows destroyed, by table"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_tombstone")),
    )
    with op.batch_alter_table("tombstone", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_tombstone_tenant_id_digest"), ["tenant_id", "digest"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_tombstone_tenant_id_path"), ["tenant_id", "path"], unique=False
        )

    op.create_table(
        "tombstone_key",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column("key_sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_tombstone_key")),
    )
    op.create_table(
        "purge_item",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column(
            "purge_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "kind", sa.String(length=20), nullable=False, comment="a class of retention.toml"
        ),
        sa.Column(
            "subject_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=False,
        ),
        sa.Column("state", sa.String(length=10), nullable=False, comment="listed, gone, kept"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purge_id"],
            ["purge.tenant_id", "purge.id"],
            name=op.f("fk_purge_item_tenant_id_purge_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_purge_item")),
    )
    with op.batch_alter_table("purge_item", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_purge_item_tenant_id_purge_id_state"),
            ["tenant_id", "purge_id", "state"],
            unique=False,
        )

    op.create_table(
        "hold",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column(
            "path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
            comment="the unit, or where the member stood",
        ),
        sa.Column(
            "member_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=True,
            comment="empty: everybody at the unit",
        ),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(), nullable=True),
        sa.Column("lifted_by", sa.Integer(), nullable=True),
        sa.Column("lifted_why", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "member_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_hold_tenant_id_member_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_hold")),
    )
    with op.batch_alter_table("hold", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_hold_tenant_id_member_id"), ["tenant_id", "member_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_hold_tenant_id_path"), ["tenant_id", "path"], unique=False
        )

    op.create_table(
        "reveal",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column(
            "member_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
            comment="where the member stood",
        ),
        sa.Column("field", sa.String(length=20), nullable=False, comment="a key of reveal.toml"),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column(
            "seat",
            sa.LargeBinary(length=32),
            nullable=False,
            comment="keyed digest of the session it holds in",
        ),
        sa.Column("reason", sa.String(length=20), nullable=False, comment="a code of reveal.toml"),
        sa.Column(
            "note",
            sa.String(length=200),
            nullable=False,
            comment="the reason in the reader's own words",
        ),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "member_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_reveal_tenant_id_member_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_reveal")),
    )
    with op.batch_alter_table("reveal", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_reveal_tenant_id_member_id_at"),
            ["tenant_id", "member_id", "at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_reveal_tenant_id_path_at"), ["tenant_id", "path", "at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_reveal_tenant_id_user_id_at"),
            ["tenant_id", "user_id", "at"],
            unique=False,
        )

    with op.batch_alter_table("campaign", schema=None) as batch_op:
        batch_op.add_column(sa.Column("closed_at", sa.DateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("campaign", schema=None) as batch_op:
        batch_op.drop_column("closed_at")

    with op.batch_alter_table("reveal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reveal_tenant_id_user_id_at"))
        batch_op.drop_index(batch_op.f("ix_reveal_tenant_id_path_at"))
        batch_op.drop_index(batch_op.f("ix_reveal_tenant_id_member_id_at"))

    op.drop_table("reveal")
    with op.batch_alter_table("hold", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hold_tenant_id_path"))
        batch_op.drop_index(batch_op.f("ix_hold_tenant_id_member_id"))

    op.drop_table("hold")
    with op.batch_alter_table("purge_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_purge_item_tenant_id_purge_id_state"))

    op.drop_table("purge_item")
    op.drop_table("tombstone_key")
    with op.batch_alter_table("tombstone", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tombstone_tenant_id_path"))
        batch_op.drop_index(batch_op.f("ix_tombstone_tenant_id_digest"))

    op.drop_table("tombstone")
    with op.batch_alter_table("purge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_purge_tenant_id_path_at"))

    op.drop_table("purge")
    op.drop_table("key_rotation")
    op.drop_table("key_check")
