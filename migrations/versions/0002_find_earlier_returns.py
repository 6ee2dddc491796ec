"""Find earlier returns.

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("return", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_return_tenant_id_unit_id_deliverable"),
            ["tenant_id", "unit_id", "deliverable"],
            unique=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("return", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_return_tenant_id_unit_id_deliverable"))
