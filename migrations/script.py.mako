<%!
    import re

    def plain(operations):
        """Leave out the two comments that Alembic puts around what it wrote."""
        return re.sub(r"# ### .* ###\n?\s*", "", operations or "").rstrip() or "pass"
%>"""${message[:1].upper()}${message[1:].replace("_", " ")}.

Revision: ${up_revision}, after ${down_revision or "nothing"}
"""

import sqlalchemy as sa
from alembic import op
${imports or "" | n}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades | n,plain}


def downgrade() -> None:
    ${downgrades | n,plain}
