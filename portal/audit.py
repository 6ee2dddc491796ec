"""The record of who did what. Rows are written beside the change and never altered."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from portal import access
from portal.access import Action
from portal.core.database import Created, Key, Model, Tenant, TreePath

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from portal.access import Actor


class Act(StrEnum):
    """Everything that can be recorded. A closed list: what is not here cannot have been done."""

    SIGN_IN = "session:in"
    SIGN_IN_FAILED = "session:failed"
    SIGN_OUT = "session:out"
    PASSWORD_SET = "user:password"
    USER_INVITE = "user:invite"
    USER_DISABLE = "user:disable"
    USER_ENABLE = "user:enable"
    APPOINT = "user:appoint"
    DISMISS = "user:dismiss"
    TENANT_PLANT = "tenant:plant"
    UNIT_ADD = "unit:add"
    UNIT_CHANGE = "unit:change"
    UNIT_MOVE = "unit:move"
    UNIT_MERGE = "unit:merge"
    UNIT_DISSOLVE = "unit:dissolve"
    UNIT_IMPORT = "unit:import"
    PLUGIN_SWITCH = "plugin:switch"
    MEMBER_ADD = "member:add"
    MEMBER_CHANGE = "member:change"
    MEMBER_LEAVE = "member:leave"
    ROSTER_IMPORT = "roster:import"
    ROSTER_UNDO = "roster:undo"
    ROSTER_EXPORT = "roster:export"
    ROSTER_EXPORT_PLAIN = "roster:export-plain"
    CAMPAIGN_OPEN = "campaign:open"
    CAMPAIGN_CLOSE = "campaign:close"
    DEADLINE_SET = "deadline:set"
    RECORD_SCREEN = "record:screen"
    RECORD_FINDING = "record:finding"
    RECORD_EXPLAIN = "record:explain"
    CONTACT_ADD = "contact:add"
    OUTCOME_SET = "contact:outcome"
    CASE_ASSIGN = "case:assign"
    CASE_INQUIRE = "case:inquire"
    CASE_DECIDE = "case:decide"
    CATALOGUE_FREEZE = "catalogue:freeze"
    REPORT_EXPLAIN = "report:explain"
    REPORT_OVERRIDE = "report:override"
    REPORT_FILE = "report:file"
    REPORT_RECALL = "report:recall"
    REPORT_TAKE_UP = "report:take-up"
    REPORT_ACCEPT = "report:accept"
    REPORT_RETURN = "report:return"
    REPORT_CHASE = "report:chase"
    REPORT_CIRCULAR = "report:circular"
    REPORT_EXPORT = "report:export"
    FACTS_EXPORT = "facts:export"
    JOB_START = "job:start"
    JOB_CANCEL = "job:cancel"


class Entry(Model):
    """One act by one person on one thing."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "tenant_id", "path", "at"), Index(None, "tenant_id", "at"))

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    user_id: Mapped[int | None] = mapped_column(comment="ab_user.id; empty: the operator")
    at: Mapped[Created]
    act: Mapped[str] = mapped_column(String(40), comment="a value of Act")
    path: Mapped[TreePath] = mapped_column(comment="where it was done")
    subject: Mapped[str] = mapped_column(String(80), comment="kind:id of the thing acted on")
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, comment="ids and codes, never a name")


def record(
    session: Session, actor: Actor, act: Act, path: str, subject: str, **detail: object
) -> None:
    """Add an entry to the caller's transaction: both are kept, or neither is.

    `detail` holds ids, codes and counts; never a name, an ID number or a phone (security.md L6).
    """
    session.add(
        Entry(
            tenant_id=actor.tenant_id,
            user_id=actor.user_id,
            act=act.value,
            path=path,
            subject=subject,
            detail=detail,
        )
    )


def list_entries(
    session: Session,
    actor: Actor,
    *,
    act: str = "",
    user_id: int | None = None,
    until: datetime | None = None,
    before: uuid.UUID | None = None,
    limit: int = 50,
) -> Sequence[Entry]:
    """Return the newest entries in the audit admin's reach, one page of `limit`.

    Args:
        session: the caller's session.
        actor: who asks.
        act: only this act; empty for all.
        user_id: only what this person did.
        until: only before this instant.
        before: the id of the last entry of the page before this one.
        limit: the size of the page.
    """
    query = select(Entry).where(access.reach(actor, Action.AUDIT_VIEW, Entry))
    if act:
        query = query.where(Entry.act == act)
    if user_id is not None:
        query = query.where(Entry.user_id == user_id)
    if until is not None:
        query = query.where(Entry.at < until)
    if before is not None:
        query = query.where(Entry.id < before)
    return session.scalars(query.order_by(Entry.id.desc()).limit(limit)).all()
