"""First tables.

Revision: 0001, after nothing
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ab_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("label", sa.String(length=150), nullable=True),
        sa.Column("description", sa.String(length=512), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "ab_permission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "ab_register_user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_name", sa.String(length=64), nullable=False),
        sa.Column("last_name", sa.String(length=64), nullable=False),
        sa.Column("username", sa.String(length=128), nullable=False),
        sa.Column("password", sa.String(length=256), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("registration_date", sa.DateTime(), nullable=True),
        sa.Column("registration_hash", sa.String(length=256), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
        sa.UniqueConstraint("username"),
    )
    op.create_table(
        "ab_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "ab_view_menu",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "audit_entry",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column(
            "user_id", sa.Integer(), nullable=True, comment="ab_user.id; empty: the operator"
        ),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False, comment="a value of Act"),
        sa.Column(
            "path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
            comment="where it was done",
        ),
        sa.Column(
            "subject", sa.String(length=80), nullable=False, comment="kind:id of the thing acted on"
        ),
        sa.Column("detail", sa.JSON(), nullable=False, comment="ids and codes, never a name"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_audit_entry_tenant_id_at"), ["tenant_id", "at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_audit_entry_tenant_id_path_at"),
            ["tenant_id", "path", "at"],
            unique=False,
        )

    op.create_table(
        "campaign",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column(
            "path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
            comment="the root of the tree it runs in",
        ),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("template", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column(
            "cut_off",
            sa.Date(),
            nullable=False,
            comment="the day months out of contact are counted to",
        ),
        sa.Column("rule_set", sa.String(length=20), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False, comment="template.Plan as JSON"),
        sa.Column("state", sa.String(length=10), nullable=False, comment="open or closed"),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_campaign_tenant_id_code")),
    )
    op.create_table(
        "job",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column(
            "path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("message_zh", sa.String(length=500), nullable=False),
        sa.Column("message_en", sa.String(length=500), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("cancel", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_job")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_job_tenant_id_path"), ["tenant_id", "path"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_job_tenant_id_state"), ["tenant_id", "state"], unique=False
        )

    op.create_table(
        "notice",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("zh", sa.String(length=500), nullable=False),
        sa.Column("en", sa.String(length=500), nullable=False),
        sa.Column("link", sa.String(length=200), nullable=False),
        sa.Column("read_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_notice")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_notice_tenant_id_user_id_read_at"),
            ["tenant_id", "user_id", "read_at"],
            unique=False,
        )

    op.create_table(
        "tenant",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("zone", sa.String(length=40), nullable=False),
        sa.Column("closes", sa.Time(), nullable=True, comment="hour at which a deadline day ends"),
        sa.Column("next_number", sa.Integer(), nullable=False, comment="next number of a unit"),
        sa.Column("demo", sa.Boolean(), nullable=False, comment="made-up people for practice"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant")),
    )
    op.create_table(
        "unit",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column(
            "parent_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=True,
        ),
        sa.Column(
            "path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False, comment="a value of Kind"),
        sa.Column("name", sa.String(length=120), nullable=False, comment="short name"),
        sa.Column("full_name", sa.String(length=200), nullable=False),
        sa.Column("category", sa.String(length=3), nullable=False, comment="组织类别 611…932"),
        sa.Column("sector", sa.String(length=1), nullable=False, comment="党组织类别 1–9"),
        sa.Column("first_responsible", sa.String(length=120), nullable=False, comment="第一责任人"),
        sa.Column(
            "directly_responsible", sa.String(length=120), nullable=False, comment="直接责任人"
        ),
        sa.Column("liaison", sa.String(length=120), nullable=False, comment="联系人"),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("information", sa.String(length=2000), nullable=False, comment="所在单位情况"),
        sa.Column("dissolved_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_unit_tenant_id_parent_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_unit")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_unit_tenant_id_code")),
        sa.UniqueConstraint("tenant_id", "path", name=op.f("uq_unit_tenant_id_path")),
    )
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_unit_tenant_id_parent_id"), ["tenant_id", "parent_id"], unique=False
        )

    op.create_table(
        "ab_group_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["ab_group.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["role_id"], ["ab_role.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("group_id", "role_id"),
    )
    with op.batch_alter_table("ab_group_role", schema=None) as batch_op:
        batch_op.create_index("idx_group_id", ["group_id"], unique=False)
        batch_op.create_index("idx_group_role_id", ["role_id"], unique=False)

    op.create_table(
        "ab_permission_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("permission_id", sa.Integer(), nullable=False),
        sa.Column("view_menu_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["permission_id"],
            ["ab_permission.id"],
        ),
        sa.ForeignKeyConstraint(
            ["view_menu_id"],
            ["ab_view_menu.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("permission_id", "view_menu_id"),
    )
    with op.batch_alter_table("ab_permission_view", schema=None) as batch_op:
        batch_op.create_index("idx_permission_id", ["permission_id"], unique=False)
        batch_op.create_index("idx_view_menu_id", ["view_menu_id"], unique=False)

    op.create_table(
        "ab_user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_name", sa.String(length=64), nullable=False),
        sa.Column("last_name", sa.String(length=64), nullable=False),
        sa.Column("username", sa.String(length=128), nullable=False),
        sa.Column("password", sa.String(length=256), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("last_login", sa.DateTime(), nullable=True),
        sa.Column("login_count", sa.Integer(), nullable=True),
        sa.Column("fail_login_count", sa.Integer(), nullable=True),
        sa.Column("created_on", sa.DateTime(), nullable=True),
        sa.Column("changed_on", sa.DateTime(), nullable=True),
        sa.Column("created_by_fk", sa.Integer(), nullable=True),
        sa.Column("changed_by_fk", sa.Integer(), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=True),
        sa.Column("full_name", sa.String(length=120), nullable=True),
        sa.Column("session_version", sa.Integer(), nullable=True),
        sa.Column("locale", sa.String(length=10), nullable=True),
        sa.Column("large_type", sa.Boolean(), nullable=True),
        sa.Column("must_change", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_fk"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["created_by_fk"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_ab_user_tenant_id")),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
        sa.UniqueConstraint("username"),
    )
    with op.batch_alter_table("ab_user", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ab_user_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "catalogue",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column(
            "campaign_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=False, comment="the version, from 1"),
        sa.Column("tables", sa.JSON(), nullable=False, comment="grids and registers, as JSON"),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "campaign_id"],
            ["campaign.tenant_id", "campaign.id"],
            name=op.f("fk_catalogue_tenant_id_campaign_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_catalogue")),
        sa.UniqueConstraint(
            "tenant_id",
            "campaign_id",
            "number",
            name=op.f("uq_catalogue_tenant_id_campaign_id_number"),
        ),
    )
    op.create_table(
        "chase",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column(
            "campaign_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "unit_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
            comment="the unit that is reminded",
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("owed", sa.JSON(), nullable=False, comment="deliverables"),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "campaign_id"],
            ["campaign.tenant_id", "campaign.id"],
            name=op.f("fk_chase_tenant_id_campaign_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_chase")),
        sa.UniqueConstraint(
            "tenant_id",
            "campaign_id",
            "unit_id",
            "day",
            name=op.f("uq_chase_tenant_id_campaign_id_unit_id_day"),
        ),
    )
    with op.batch_alter_table("chase", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_chase_tenant_id_campaign_id_path"),
            ["tenant_id", "campaign_id", "path"],
            unique=False,
        )

    op.create_table(
        "circular",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column(
            "campaign_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
            comment="the unit that issued it",
        ),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("text", sa.String(length=10000), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "campaign_id"],
            ["campaign.tenant_id", "campaign.id"],
            name=op.f("fk_circular_tenant_id_campaign_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_circular")),
    )
    with op.batch_alter_table("circular", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_circular_tenant_id_campaign_id_path_at"),
            ["tenant_id", "campaign_id", "path", "at"],
            unique=False,
        )

    op.create_table(
        "inner_date",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column(
            "campaign_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
            comment="holds for the units strictly beneath",
        ),
        sa.Column("deliverable", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False, comment="earlier, extension"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "campaign_id"],
            ["campaign.tenant_id", "campaign.id"],
            name=op.f("fk_inner_date_tenant_id_campaign_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_inner_date")),
        sa.UniqueConstraint(
            "tenant_id",
            "campaign_id",
            "path",
            "deliverable",
            name=op.f("uq_inner_date_tenant_id_campaign_id_path_deliverable"),
        ),
    )
    with op.batch_alter_table("inner_date", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_inner_date_tenant_id_path"), ["tenant_id", "path"], unique=False
        )

    op.create_table(
        "member",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
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
        sa.Column("tie", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("pinyin", sa.String(length=200), nullable=False, comment="readings and initials"),
        sa.Column("staff_number", sa.String(length=40), nullable=False, comment="学工号"),
        sa.Column("gender", sa.String(length=1), nullable=False, comment="1 男 2 女"),
        sa.Column("ethnicity", sa.String(length=2), nullable=False, comment="GB/T 3304"),
        sa.Column("born", sa.String(length=10), nullable=True),
        sa.Column(
            "education", sa.String(length=2), nullable=False, comment="forms.md §2.5 党统 code"
        ),
        sa.Column("standing", sa.String(length=12), nullable=False),
        sa.Column("joined", sa.String(length=10), nullable=True),
        sa.Column("confirmed", sa.String(length=10), nullable=True, comment="转正"),
        sa.Column("occupation", sa.String(length=60), nullable=False, comment="工作岗位, words"),
        sa.Column("membership", sa.String(length=10), nullable=False, comment="党籍状态"),
        sa.Column("party_post", sa.String(length=60), nullable=False, comment="党内职务"),
        sa.Column("id_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id_digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column(
            "tail_digest",
            sa.LargeBinary(length=32),
            nullable=True,
            comment="keyed digest of the last four",
        ),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("landline_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("dues_until", sa.String(length=10), nullable=True, comment="党费交至"),
        sa.Column("last_meeting", sa.String(length=10), nullable=True, comment="最近参加组织生活"),
        sa.Column("lost_marked", sa.Boolean(), nullable=False, comment="名册所记 失联"),
        sa.Column(
            "lost_since", sa.String(length=10), nullable=True, comment="名册所记 失去联系日期"
        ),
        sa.Column("floating_marked", sa.Boolean(), nullable=False, comment="名册所记 流动"),
        sa.Column("destination", sa.String(length=120), nullable=False, comment="外出流向"),
        sa.Column("letter_number", sa.String(length=40), nullable=False, comment="介绍信编号"),
        sa.Column("letter_issued", sa.String(length=10), nullable=True),
        sa.Column("remark", sa.String(length=500), nullable=False),
        sa.Column("originals", sa.JSON(), nullable=False, comment="text as written"),
        sa.Column(
            "extra_sealed", sa.LargeBinary(), nullable=True, comment="JSON {title: text as is}"
        ),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("left_reason", sa.String(length=20), nullable=False),
        sa.Column("left_note", sa.String(length=500), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("updated_by", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_member_tenant_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_member")),
    )
    with op.batch_alter_table("member", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_member_tenant_id_id_digest"), ["tenant_id", "id_digest"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_member_tenant_id_path_tie_name"),
            ["tenant_id", "path", "tie", "name"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_member_tenant_id_tail_digest"),
            ["tenant_id", "tail_digest"],
            unique=False,
        )

    op.create_table(
        "plugin_switch",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
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
        sa.Column("plugin", sa.String(length=40), nullable=False),
        sa.Column("on", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_plugin_switch_tenant_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_plugin_switch")),
        sa.UniqueConstraint(
            "tenant_id", "unit_id", "plugin", name=op.f("uq_plugin_switch_tenant_id_unit_id_plugin")
        ),
    )
    op.create_table(
        "remembered_mapping",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column(
            "unit_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=False,
        ),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_remembered_mapping_tenant_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_remembered_mapping")),
        sa.UniqueConstraint(
            "tenant_id", "unit_id", name=op.f("uq_remembered_mapping_tenant_id_unit_id")
        ),
    )
    op.create_table(
        "return",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column(
            "campaign_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=False,
        ),
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
        sa.Column(
            "parent_path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
            comment="where it is reviewed",
        ),
        sa.Column("deliverable", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("exempt", sa.String(length=200), nullable=False, comment="why it is not owed"),
        sa.Column("round", sa.Integer(), nullable=False, comment="how often it was filed"),
        sa.Column(
            "filing_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=True,
            comment="the newest filing",
        ),
        sa.Column("first_filed_at", sa.DateTime(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False, comment="judged at the first filing"),
        sa.Column("taken_up_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "campaign_id"],
            ["campaign.tenant_id", "campaign.id"],
            name=op.f("fk_return_tenant_id_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_return_tenant_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_return")),
        sa.UniqueConstraint(
            "tenant_id",
            "campaign_id",
            "unit_id",
            "deliverable",
            name=op.f("uq_return_tenant_id_campaign_id_unit_id_deliverable"),
        ),
    )
    with op.batch_alter_table("return", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_return_tenant_id_campaign_id_deliverable_path"),
            ["tenant_id", "campaign_id", "deliverable", "path"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_return_tenant_id_campaign_id_parent_path_state"),
            ["tenant_id", "campaign_id", "parent_path", "state"],
            unique=False,
        )

    op.create_table(
        "subtotal",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column(
            "campaign_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=False,
        ),
        sa.Column("deliverable", sa.String(length=40), nullable=False),
        sa.Column(
            "path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
            comment="the parent",
        ),
        sa.Column(
            "reported", sa.LargeBinary(), nullable=False, comment="packed: Σ own of the children"
        ),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("filed", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("exempt", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "campaign_id"],
            ["campaign.tenant_id", "campaign.id"],
            name=op.f("fk_subtotal_tenant_id_campaign_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_subtotal")),
        sa.UniqueConstraint(
            "tenant_id",
            "campaign_id",
            "deliverable",
            "path",
            name=op.f("uq_subtotal_tenant_id_campaign_id_deliverable_path"),
        ),
    )
    op.create_table(
        "unit_link",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column(
            "unit_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "parent_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=True,
        ),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_unit_link_tenant_id_parent_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_unit_link_tenant_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_unit_link")),
        sa.UniqueConstraint(
            "tenant_id",
            "unit_id",
            "valid_from",
            name=op.f("uq_unit_link_tenant_id_unit_id_valid_from"),
        ),
    )
    op.create_table(
        "upload",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
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
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column(
            "file_hash", sa.String(length=64), nullable=False, comment="SHA-256 of the bytes"
        ),
        sa.Column(
            "stored_as", sa.String(length=80), nullable=False, comment="random name under data_dir"
        ),
        sa.Column("sheet", sa.String(length=80), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False, comment="{header: field}"),
        sa.Column("answers", sa.JSON(), nullable=False, comment="{row: choice}"),
        sa.Column("state", sa.String(length=10), nullable=False, comment="read, taken, undone"),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column(
            "batch_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=True,
            comment="the changes last written from it",
        ),
        sa.Column("taken_at", sa.DateTime(), nullable=True),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_upload_tenant_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_upload")),
    )
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_upload_tenant_id_path_at"), ["tenant_id", "path", "at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_upload_tenant_id_unit_id_file_hash"),
            ["tenant_id", "unit_id", "file_hash"],
            unique=False,
        )

    op.create_table(
        "ab_api_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("key_hash", sa.String(length=256), nullable=False),
        sa.Column("lookup_hash", sa.String(length=256), nullable=True),
        sa.Column("key_prefix", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_on", sa.DateTime(), nullable=True),
        sa.Column("expires_on", sa.DateTime(), nullable=True),
        sa.Column("revoked_on", sa.DateTime(), nullable=True),
        sa.Column("last_used_on", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("lookup_hash"),
        sa.UniqueConstraint("uuid"),
    )
    with op.batch_alter_table("ab_api_key", schema=None) as batch_op:
        batch_op.create_index("idx_api_key_lookup_hash", ["lookup_hash"], unique=True)
        batch_op.create_index("idx_api_key_prefix", ["key_prefix"], unique=False)
        batch_op.create_index("idx_api_key_user_id", ["user_id"], unique=False)

    op.create_table(
        "ab_permission_view_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("permission_view_id", sa.Integer(), nullable=True),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["permission_view_id"], ["ab_permission_view.id"], ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["role_id"], ["ab_role.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("permission_view_id", "role_id"),
    )
    with op.batch_alter_table("ab_permission_view_role", schema=None) as batch_op:
        batch_op.create_index("idx_permission_view_id", ["permission_view_id"], unique=False)
        batch_op.create_index("idx_role_id", ["role_id"], unique=False)

    op.create_table(
        "ab_user_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["ab_group.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "group_id"),
    )
    with op.batch_alter_table("ab_user_group", schema=None) as batch_op:
        batch_op.create_index("idx_user_group_id", ["group_id"], unique=False)
        batch_op.create_index("idx_user_id", ["user_id"], unique=False)

    op.create_table(
        "ab_user_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["role_id"], ["ab_role.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "role_id"),
    )
    op.create_table(
        "appointment",
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
        sa.Column("role", sa.String(length=20), nullable=False, comment="a value of Role"),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True, comment="who appointed; ab_user.id"),
        sa.CheckConstraint("role <> 'operator'", name=op.f("ck_appointment_nobody_is_operator")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_appointment_tenant_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_appointment_user_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_appointment")),
        sa.UniqueConstraint(
            "tenant_id",
            "user_id",
            "unit_id",
            "role",
            name=op.f("uq_appointment_tenant_id_user_id_unit_id_role"),
        ),
    )
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_appointment_tenant_id_path"), ["tenant_id", "path"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_appointment_user_id"), ["user_id"], unique=False)
        batch_op.create_index(
            "uq_appointment_three_admins",
            ["tenant_id", "user_id"],
            unique=True,
            sqlite_where=sa.text("role IN ('system_admin','security_admin','audit_admin')"),
            postgresql_where=sa.text("role IN ('system_admin','security_admin','audit_admin')"),
        )

    op.create_table(
        "explanation",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column(
            "return_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "return_id"],
            ["return.tenant_id", "return.id"],
            name=op.f("fk_explanation_tenant_id_return_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_explanation")),
        sa.UniqueConstraint(
            "tenant_id", "return_id", "rule", name=op.f("uq_explanation_tenant_id_return_id_rule")
        ),
    )
    op.create_table(
        "filing",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column(
            "campaign_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "return_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("catalogue", sa.Integer(), nullable=False, comment="version of the catalogue"),
        sa.Column(
            "own", sa.LargeBinary(), nullable=False, comment="packed: the unit's own persons"
        ),
        sa.Column(
            "figures", sa.LargeBinary(), nullable=False, comment="packed: own and children's"
        ),
        sa.Column(
            "persons_sealed", sa.LargeBinary(), nullable=True, comment="JSON, see snapshot.py"
        ),
        sa.Column("checks", sa.JSON(), nullable=False, comment="outcome of every rule"),
        sa.Column("overrides", sa.JSON(), nullable=False, comment="{cell: {from, to, reason}}"),
        sa.Column("narrative", sa.String(length=20000), nullable=False),
        sa.Column("children", sa.JSON(), nullable=False, comment="{child return id: hash}"),
        sa.Column(
            "hash", sa.String(length=64), nullable=False, comment="SHA-256 over all of the above"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "return_id"],
            ["return.tenant_id", "return.id"],
            name=op.f("fk_filing_tenant_id_return_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_filing")),
        sa.UniqueConstraint(
            "tenant_id", "return_id", "round", name=op.f("uq_filing_tenant_id_return_id_round")
        ),
    )
    with op.batch_alter_table("filing", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_filing_tenant_id_campaign_id_path"),
            ["tenant_id", "campaign_id", "path"],
            unique=False,
        )

    op.create_table(
        "member_change",
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
        ),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column(
            "act", sa.String(length=10), nullable=False, comment="add, change, leave or undo"
        ),
        sa.Column(
            "version",
            sa.Integer(),
            nullable=False,
            comment="the member's version after this change",
        ),
        sa.Column(
            "batch_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=True,
            comment="the import it came with",
        ),
        sa.Column(
            "fields_sealed",
            sa.LargeBinary(),
            nullable=True,
            comment="JSON {field: [old, new]}; empty when added: it follows from the row",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "member_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_member_change_tenant_id_member_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_member_change")),
    )
    with op.batch_alter_table("member_change", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_member_change_tenant_id_batch_id"),
            ["tenant_id", "batch_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_member_change_tenant_id_member_id_at"),
            ["tenant_id", "member_id", "at"],
            unique=False,
        )

    op.create_table(
        "override",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column(
            "return_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("cell", sa.String(length=40), nullable=False, comment="table:row.column"),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "return_id"],
            ["return.tenant_id", "return.id"],
            name=op.f("fk_override_tenant_id_return_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_override")),
        sa.UniqueConstraint(
            "tenant_id", "return_id", "cell", name=op.f("uq_override_tenant_id_return_id_cell")
        ),
    )
    op.create_table(
        "record",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column(
            "campaign_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=False,
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
        ),
        sa.Column("standing", sa.String(length=12), nullable=False),
        sa.Column("on_roll", sa.Boolean(), nullable=False),
        sa.Column("gender", sa.String(length=1), nullable=False),
        sa.Column("minority", sa.Boolean(), nullable=False, comment="少数民族"),
        sa.Column("age", sa.Integer(), nullable=True, comment="whole years at the cut-off"),
        sa.Column(
            "party_years", sa.Integer(), nullable=True, comment="党龄, whole years at the cut-off"
        ),
        sa.Column("education_band", sa.String(length=10), nullable=False, comment="college …"),
        sa.Column("sector", sa.String(length=1), nullable=False, comment="党组织类别 of the unit"),
        sa.Column("occupation_group", sa.String(length=20), nullable=False, comment="facts.toml"),
        sa.Column("withdrawn", sa.Boolean(), nullable=False, comment="left the roll: not audited"),
        sa.Column(
            "checks", sa.JSON(), nullable=False, comment="{item: {result: ok|doubt|na, note}}"
        ),
        sa.Column("screened", sa.Boolean(), nullable=False),
        sa.Column("screened_at", sa.DateTime(), nullable=True),
        sa.Column("screened_by", sa.Integer(), nullable=True),
        sa.Column(
            "verified_how", sa.String(length=10), nullable=False, comment="见人 听声 视频 书面"
        ),
        sa.Column("explanation", sa.String(length=500), nullable=False, comment="why not screened"),
        sa.Column("dues_until", sa.String(length=10), nullable=True),
        sa.Column("last_meeting", sa.String(length=10), nullable=True),
        sa.Column(
            "last_contact", sa.String(length=10), nullable=True, comment="the later of the two"
        ),
        sa.Column("months_lost", sa.Integer(), nullable=False, comment="computed, never typed"),
        sa.Column(
            "proposal",
            sa.String(length=60),
            nullable=False,
            comment="findings proposed by rule, a|b",
        ),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("floating", sa.Boolean(), nullable=False),
        sa.Column("left_on", sa.String(length=10), nullable=True, comment="流出时间"),
        sa.Column("destination_scope", sa.String(length=20), nullable=False),
        sa.Column("destination_kind", sa.String(length=20), nullable=False),
        sa.Column("destination", sa.String(length=120), nullable=False),
        sa.Column("former_occupation", sa.String(length=20), nullable=False),
        sa.Column("reason_away", sa.String(length=60), nullable=False),
        sa.Column("certificate", sa.Boolean(), nullable=False),
        sa.Column("host", sa.String(length=120), nullable=False, comment="流入地党组织"),
        sa.Column("lives_elsewhere", sa.Boolean(), nullable=False, comment="人户分离, 异地居住"),
        sa.Column(
            "nominal", sa.String(length=10), nullable=False, comment="settled, unsettled or ''"
        ),
        sa.Column(
            "receipt", sa.String(length=10), nullable=False, comment="settled, missing or ''"
        ),
        sa.Column("lost", sa.Boolean(), nullable=False),
        sa.Column("circumstance", sa.String(length=1), nullable=False, comment="失去联系情形 1–7"),
        sa.Column("lost_note", sa.String(length=500), nullable=False, comment="备注; must for 7"),
        sa.Column(
            "outcome", sa.String(length=10), nullable=False, comment="found, not_found or ''"
        ),
        sa.Column("found_on", sa.String(length=10), nullable=True),
        sa.Column("wish", sa.String(length=200), nullable=False, comment="本人意愿"),
        sa.Column("focus", sa.String(length=500), nullable=False, comment="confirmed groups, a|b"),
        sa.Column(
            "focus_proposed", sa.String(length=500), nullable=False, comment="by plugins, a|b"
        ),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("updated_by", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "campaign_id"],
            ["campaign.tenant_id", "campaign.id"],
            name=op.f("fk_record_tenant_id_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "member_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_record_tenant_id_member_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_record")),
        sa.UniqueConstraint(
            "tenant_id",
            "campaign_id",
            "member_id",
            name=op.f("uq_record_tenant_id_campaign_id_member_id"),
        ),
    )
    with op.batch_alter_table("record", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_record_tenant_id_campaign_id_path"),
            ["tenant_id", "campaign_id", "path"],
            unique=False,
        )

    op.create_table(
        "remark",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "id", sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"), nullable=False
        ),
        sa.Column(
            "return_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "filing_id",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=False,
            comment="the filing remarked on",
        ),
        sa.Column(
            "path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "table", sa.String(length=40), nullable=False, comment="t4, t7 … or empty for the whole"
        ),
        sa.Column("place", sa.String(length=80), nullable=False, comment="cell, row or check"),
        sa.Column("severity", sa.String(length=10), nullable=False, comment="error or hint"),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column(
            "answer", sa.String(length=10), nullable=False, comment="changed, explained or ''"
        ),
        sa.Column("answer_text", sa.String(length=2000), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column(
            "before", sa.Integer(), nullable=True, comment="the cell when it was remarked on"
        ),
        sa.Column("after", sa.Integer(), nullable=True, comment="the cell when it was filed again"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "return_id"],
            ["return.tenant_id", "return.id"],
            name=op.f("fk_remark_tenant_id_return_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_remark")),
        sa.UniqueConstraint(
            "tenant_id", "return_id", "number", name=op.f("uq_remark_tenant_id_return_id_number")
        ),
    )
    op.create_table(
        "contact",
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
        sa.Column("on", sa.String(length=10), nullable=False, comment="the day of the attempt"),
        sa.Column(
            "channel", sa.String(length=12), nullable=False, comment="see screening/codes.toml"
        ),
        sa.Column(
            "result", sa.String(length=12), nullable=False, comment="reached, not_reached, promised"
        ),
        sa.Column(
            "responsible", sa.String(length=120), nullable=False, comment="who made the attempt"
        ),
        sa.Column("course_sealed", sa.LargeBinary(), nullable=True, comment="经过, free text"),
        sa.Column(
            "corrects",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(), "postgresql"),
            nullable=True,
        ),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "record_id"],
            ["record.tenant_id", "record.id"],
            name=op.f("fk_contact_tenant_id_record_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_contact")),
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_contact_tenant_id_record_id_at"),
            ["tenant_id", "record_id", "at"],
            unique=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_tenant_id_record_id_at"))

    op.drop_table("contact")
    op.drop_table("remark")
    with op.batch_alter_table("record", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_record_tenant_id_campaign_id_path"))

    op.drop_table("record")
    op.drop_table("override")
    with op.batch_alter_table("member_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_member_change_tenant_id_member_id_at"))
        batch_op.drop_index(batch_op.f("ix_member_change_tenant_id_batch_id"))

    op.drop_table("member_change")
    with op.batch_alter_table("filing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_filing_tenant_id_campaign_id_path"))

    op.drop_table("filing")
    op.drop_table("explanation")
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_appointment_three_admins",
            sqlite_where=sa.text("role IN ('system_admin','security_admin','audit_admin')"),
            postgresql_where=sa.text("role IN ('system_admin','security_admin','audit_admin')"),
        )
        batch_op.drop_index(batch_op.f("ix_appointment_user_id"))
        batch_op.drop_index(batch_op.f("ix_appointment_tenant_id_path"))

    op.drop_table("appointment")
    op.drop_table("ab_user_role")
    with op.batch_alter_table("ab_user_group", schema=None) as batch_op:
        batch_op.drop_index("idx_user_id")
        batch_op.drop_index("idx_user_group_id")

    op.drop_table("ab_user_group")
    with op.batch_alter_table("ab_permission_view_role", schema=None) as batch_op:
        batch_op.drop_index("idx_role_id")
        batch_op.drop_index("idx_permission_view_id")

    op.drop_table("ab_permission_view_role")
    with op.batch_alter_table("ab_api_key", schema=None) as batch_op:
        batch_op.drop_index("idx_api_key_user_id")
        batch_op.drop_index("idx_api_key_prefix")
        batch_op.drop_index("idx_api_key_lookup_hash")

    op.drop_table("ab_api_key")
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_upload_tenant_id_unit_id_file_hash"))
        batch_op.drop_index(batch_op.f("ix_upload_tenant_id_path_at"))

    op.drop_table("upload")
    op.drop_table("unit_link")
    op.drop_table("subtotal")
    with op.batch_alter_table("return", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_return_tenant_id_campaign_id_parent_path_state"))
        batch_op.drop_index(batch_op.f("ix_return_tenant_id_campaign_id_deliverable_path"))

    op.drop_table("return")
    op.drop_table("remembered_mapping")
    op.drop_table("plugin_switch")
    with op.batch_alter_table("member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_member_tenant_id_tail_digest"))
        batch_op.drop_index(batch_op.f("ix_member_tenant_id_path_tie_name"))
        batch_op.drop_index(batch_op.f("ix_member_tenant_id_id_digest"))

    op.drop_table("member")
    with op.batch_alter_table("inner_date", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inner_date_tenant_id_path"))

    op.drop_table("inner_date")
    with op.batch_alter_table("circular", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_circular_tenant_id_campaign_id_path_at"))

    op.drop_table("circular")
    with op.batch_alter_table("chase", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_chase_tenant_id_campaign_id_path"))

    op.drop_table("chase")
    op.drop_table("catalogue")
    with op.batch_alter_table("ab_user", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ab_user_tenant_id"))

    op.drop_table("ab_user")
    with op.batch_alter_table("ab_permission_view", schema=None) as batch_op:
        batch_op.drop_index("idx_view_menu_id")
        batch_op.drop_index("idx_permission_id")

    op.drop_table("ab_permission_view")
    with op.batch_alter_table("ab_group_role", schema=None) as batch_op:
        batch_op.drop_index("idx_group_role_id")
        batch_op.drop_index("idx_group_id")

    op.drop_table("ab_group_role")
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unit_tenant_id_parent_id"))

    op.drop_table("unit")
    op.drop_table("tenant")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notice_tenant_id_user_id_read_at"))

    op.drop_table("notice")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_job_tenant_id_state"))
        batch_op.drop_index(batch_op.f("ix_job_tenant_id_path"))

    op.drop_table("job")
    op.drop_table("campaign")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entry_tenant_id_path_at"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_tenant_id_at"))

    op.drop_table("audit_entry")
    op.drop_table("ab_view_menu")
    op.drop_table("ab_role")
    op.drop_table("ab_register_user")
    op.drop_table("ab_permission")
    op.drop_table("ab_group")
