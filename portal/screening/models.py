"""The fact row: one per campaign and member. Nothing else is counted."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import (
    Instant,
    Key,
    Model,
    PartialDay,
    Reference,
    Tenant,
    TreePath,
    Version,
)


class Record(Model):
    """What is known of one member in one campaign (mission S1, S2).

    Boolean facts are never NULL; codes are empty where they do not apply. `facts.py` names each
    fact, its words and its values.
    """

    __tablename__ = "record"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "campaign_id"], ["campaign.tenant_id", "campaign.id"]),
        ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"]),
        UniqueConstraint("tenant_id", "campaign_id", "member_id"),
        Index(None, "tenant_id", "campaign_id", "path"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    campaign_id: Mapped[Reference]
    member_id: Mapped[Reference]
    path: Mapped[TreePath]
    # what the roster says, copied when the roster changes
    standing: Mapped[str] = mapped_column(String(12), default="full")
    on_roll: Mapped[bool] = mapped_column(default=True)
    gender: Mapped[str] = mapped_column(String(1), default="")
    minority: Mapped[bool] = mapped_column(default=False, comment="少数民族")
    age: Mapped[int | None] = mapped_column(comment="whole years at the cut-off")
    party_years: Mapped[int | None] = mapped_column(comment="党龄, whole years at the cut-off")
    education_band: Mapped[str] = mapped_column(String(10), default="", comment="college …")
    sector: Mapped[str] = mapped_column(String(1), default="", comment="党组织类别 of the unit")
    occupation_group: Mapped[str] = mapped_column(String(20), default="", comment="facts.toml")
    withdrawn: Mapped[bool] = mapped_column(default=False, comment="left the roll: not audited")
    # the check list
    checks: Mapped[dict[str, Any]] = mapped_column(
        JSON, default=dict, comment="{item: {result: ok|doubt|na, note}}"
    )
    screened: Mapped[bool] = mapped_column(default=False)
    screened_at: Mapped[Instant | None]
    screened_by: Mapped[int | None]
    verified_how: Mapped[str] = mapped_column(String(10), default="", comment="见人 听声 视频 书面")
    explanation: Mapped[str] = mapped_column(String(500), default="", comment="why not screened")
    # evidence of contact
    dues_until: Mapped[PartialDay | None]
    last_meeting: Mapped[PartialDay | None]
    last_contact: Mapped[PartialDay | None] = mapped_column(comment="the later of the two")
    months_lost: Mapped[int] = mapped_column(default=0, comment="computed, never typed")
    # findings, confirmed by a person
    proposal: Mapped[str] = mapped_column(
        String(60), default="", comment="findings proposed by rule, a|b"
    )
    confirmed_by: Mapped[int | None]
    confirmed_at: Mapped[Instant | None]
    floating: Mapped[bool] = mapped_column(default=False)
    left_on: Mapped[PartialDay | None] = mapped_column(comment="流出时间")
    destination_scope: Mapped[str] = mapped_column(String(20), default="")
    destination_kind: Mapped[str] = mapped_column(String(20), default="")
    destination: Mapped[str] = mapped_column(String(120), default="")
    former_occupation: Mapped[str] = mapped_column(String(20), default="")
    reason_away: Mapped[str] = mapped_column(String(60), default="")
    certificate: Mapped[bool] = mapped_column(default=False)
    host: Mapped[str] = mapped_column(String(120), default="", comment="流入地党组织")
    lives_elsewhere: Mapped[bool] = mapped_column(default=False, comment="人户分离, 异地居住")
    nominal: Mapped[str] = mapped_column(String(10), default="", comment="settled, unsettled or ''")
    receipt: Mapped[str] = mapped_column(String(10), default="", comment="settled, missing or ''")
    lost: Mapped[bool] = mapped_column(default=False)
    circumstance: Mapped[str] = mapped_column(String(1), default="", comment="失去联系情形 1–7")
    lost_note: Mapped[str] = mapped_column(String(500), default="", comment="备注; must for 7")
    outcome: Mapped[str] = mapped_column(String(10), default="", comment="found, not_found or ''")
    found_on: Mapped[PartialDay | None]
    wish: Mapped[str] = mapped_column(String(200), default="", comment="本人意愿")
    focus: Mapped[str] = mapped_column(String(500), default="", comment="confirmed groups, a|b")
    focus_proposed: Mapped[str] = mapped_column(String(500), default="", comment="by plugins, a|b")
    answers: Mapped[dict[str, Any]] = mapped_column(
        JSON, default=dict, server_default="{}", comment="{question: {value, plugin, version}}"
    )
    updated_at: Mapped[Instant]
    updated_by: Mapped[int | None]
    version: Version = mapped_column()

    __mapper_args__ = {"version_id_col": version}
