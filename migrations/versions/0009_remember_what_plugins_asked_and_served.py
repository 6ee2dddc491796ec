"""Remember what plugins asked and served.

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("plugin_switch", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "sectors",
                sa.String(length=9),
                server_default="",
                nullable=False,
                comment="it looked after when switched, or ''",
            )
        )
        batch_op.add_column(
            sa.Column("plugin_version", sa.String(length=20), server_default="", nullable=False)
        )

    with op.batch_alter_table("record", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "answers",
                sa.JSON(),
                server_default="{}",
                nullable=False,
                comment="{question: {value, plugin, version}}",
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("record", schema=None) as batch_op:
        batch_op.drop_column("answers")

    with op.batch_alter_table("plugin_switch", schema=None) as batch_op:
        batch_op.drop_column("plugin_version")
        batch_op.drop_column("sectors")
