"""Chain the log, old entries too, and keep the keys of acts that are done once.

Revision: 0006, after 0005
"""

from types import SimpleNamespace

import sqlalchemy as sa
from alembic import op

from portal.audit import chain
from portal.core import clock
from portal.core.database import UtcDateTime
from portal.core.keys import KeyType

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


ENTRY = sa.table(
    "audit_entry",
    sa.column("tenant_id"), sa.column("id", KeyType()), sa.column("number"), sa.column("user_id"),
    sa.column("roles"), sa.column("at", UtcDateTime()), sa.column("act"), sa.column("path"),
    sa.column("subject"), sa.column("result"), sa.column("address"),
    sa.column("detail", sa.JSON()), sa.column("scheme"), sa.column("previous"), sa.column("hash"),
)  # fmt: skip
HEAD = sa.table(
    "audit_head",
    sa.column("tenant_id"), sa.column("number"), sa.column("hash"), sa.column("at", UtcDateTime()),
)  # fmt: skip


def chain_what_is_there(connection: sa.Connection) -> None:
    """Number and hash the entries of before, in the order of their keys, which is that of time."""
    heads: dict[int, tuple[int, bytes]] = {}
    query = sa.select(ENTRY).order_by(ENTRY.c.tenant_id, ENTRY.c.id)
    for row in connection.execute(query).all():
        number, previous = heads.get(row.tenant_id, (0, bytes(32)))
        result = "failed" if row.act == "session:failed" else "done"
        values = {"number": number + 1, "roles": "", "result": result, "address": "", "scheme": 1}
        whole = SimpleNamespace(**(row._asdict() | values))
        values |= {"previous": previous, "hash": chain.digest(whole, number + 1, previous)}
        connection.execute(
            sa.update(ENTRY)
            .where(ENTRY.c.tenant_id == row.tenant_id, ENTRY.c.id == row.id)
            .values(**values)
        )
        heads[row.tenant_id] = number + 1, values["hash"]
    for tenant_id, (number, last) in heads.items():
        values = {"tenant_id": tenant_id, "number": number, "hash": last, "at": clock.now()}
        connection.execute(sa.insert(HEAD).values(**values))


def upgrade() -> None:
    op.create_table(
        "audit_head",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "once",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column("user_id", sa.Integer(), nullable=False, comment="ab_user.id; 0: the operator"),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column(
            "asked",
            sa.LargeBinary(length=32),
            nullable=False,
            comment="SHA-256 of what was asked for",
        ),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_once")),
        sa.UniqueConstraint(
            "tenant_id", "user_id", "key", name=op.f("uq_once_tenant_id_user_id_key")
        ),
    )
    with op.batch_alter_table("once", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_once_tenant_id_user_id_at"), ["tenant_id", "user_id", "at"], unique=False
        )

    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "number",
                sa.BigInteger(),
                nullable=True,
                comment="from 1, without a gap, per tenant",
            )
        )
        batch_op.add_column(
            sa.Column(
                "roles",
                sa.String(length=120),
                nullable=True,
                comment="posts by which it was done there",
            )
        )
        batch_op.add_column(
            sa.Column(
                "result", sa.String(length=10), nullable=True, comment="done, seen, denied, failed"
            )
        )
        batch_op.add_column(
            sa.Column(
                "address",
                sa.String(length=45),
                nullable=True,
                comment="where the request came from",
            )
        )
        batch_op.add_column(
            sa.Column("scheme", sa.SmallInteger(), nullable=True, comment="how the hash was made")
        )
        batch_op.add_column(
            sa.Column(
                "previous",
                sa.LargeBinary(length=32),
                nullable=True,
                comment="hash of the entry before",
            )
        )
        batch_op.add_column(sa.Column("hash", sa.LargeBinary(length=32), nullable=True))
    chain_what_is_there(op.get_bind())
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.alter_column("number", existing_type=sa.BigInteger(), nullable=False)
        batch_op.alter_column("roles", existing_type=sa.String(length=120), nullable=False)
        batch_op.alter_column("result", existing_type=sa.String(length=10), nullable=False)
        batch_op.alter_column("address", existing_type=sa.String(length=45), nullable=False)
        batch_op.alter_column("scheme", existing_type=sa.SmallInteger(), nullable=False)
        batch_op.alter_column("previous", existing_type=sa.LargeBinary(length=32), nullable=False)
        batch_op.alter_column("hash", existing_type=sa.LargeBinary(length=32), nullable=False)
        batch_op.create_index(
            batch_op.f("ix_audit_entry_tenant_id_act_number"),
            ["tenant_id", "act", "number"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_audit_entry_tenant_id_subject_number"),
            ["tenant_id", "subject", "number"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_audit_entry_tenant_id_user_id_number"),
            ["tenant_id", "user_id", "number"],
            unique=False,
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_audit_entry_tenant_id_number"), ["tenant_id", "number"]
        )


def downgrade() -> None:
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_audit_entry_tenant_id_number"), type_="unique")
        batch_op.drop_index(batch_op.f("ix_audit_entry_tenant_id_user_id_number"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_tenant_id_subject_number"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_tenant_id_act_number"))
        batch_op.drop_column("hash")
        batch_op.drop_column("previous")
        batch_op.drop_column("scheme")
        batch_op.drop_column("address")
        batch_op.drop_column("result")
        batch_op.drop_column("roles")
        batch_op.drop_column("number")

    with op.batch_alter_table("once", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_once_tenant_id_user_id_at"))

    op.drop_table("once")
    op.drop_table("audit_head")
