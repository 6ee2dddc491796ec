"""Campaigns: made from a template, found again, closed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal import access, audit
from portal.access import Action
from portal.audit import Act
from portal.campaigns import calendar, template
from portal.campaigns.models import Campaign
from portal.campaigns.template import Plan
from portal.core import clock
from portal.core.errors import Invalid, NotFound, OutOfTurn, Problem
from portal.core.words import Words
from portal.organizations.models import TenantRoot, Unit

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.campaigns.template import Stage

CAMPAIGN = Words("排查批次", "campaign")


def create(
    session: Session, actor: Actor, root: Unit, template_code: str, *,
    code: str, starts_on: date, title: str = "", cut_off: date | None = None,
    plan: Plan | None = None,
) -> Campaign:  # fmt: skip
    """Make a campaign in the tree below `root` from a shipped template, or from an edited `plan`.

    The months out of contact are counted to `cut_off`: the end of the branches' search unless
    it is given (forms.md §1.1).

    Raises:
        NotAllowed: the actor may not open campaigns there.
        Invalid: the code is taken.
    """
    access.require(actor, Action.CAMPAIGN_OPEN, root.path)
    plan = plan or template.load(template_code)
    if find_campaign(session, actor.tenant_id, code) is not None:
        words = Words(
            "这个批次代码已经用过，请换一个", "This campaign code is taken; choose another"
        )
        raise Invalid(Problem("code", words))
    campaign = Campaign(
        tenant_id=actor.tenant_id,
        path=root.path,
        code=code,
        template=plan.code,
        title=title or f"{starts_on.year} 年{plan.title.zh}",
        starts_on=starts_on,
        cut_off=cut_off or calendar.due_day(plan.tables, "branch", starts_on) or starts_on,
        rule_set=plan.rule_set,
        plan=plan.model_dump(mode="json", by_alias=True),
    )
    session.add(campaign)
    session.flush()
    audit.record(session, actor, Act.CAMPAIGN_OPEN, root.path, f"campaign:{campaign.id}", code=code)
    return campaign


def close(session: Session, actor: Actor, campaign: Campaign) -> Campaign:
    """Close a campaign; from this day the clock of what is kept only for it runs.

    Raises:
        NotAllowed: the actor may not.
        OutOfTurn: it is closed.
    """
    access.require(actor, Action.CAMPAIGN_OPEN, campaign.path)
    if campaign.state == "closed":
        raise OutOfTurn(Words("这个批次已经结束", "This campaign is closed already"))
    campaign.state, campaign.closed_at = "closed", clock.now()
    session.flush()
    audit.record(
        session, actor, Act.CAMPAIGN_CLOSE, campaign.path, f"campaign:{campaign.id}",
        code=campaign.code,
    )  # fmt: skip
    return campaign


def plan_of(campaign: Campaign) -> Plan:
    """Return the campaign's own copy of its template."""
    return Plan.model_validate(campaign.plan)


def find_campaign(session: Session, tenant_id: int, code: str) -> Campaign | None:
    """Return the tenant's campaign with that code, if there is one."""
    return session.scalars(
        select(Campaign).where(Campaign.tenant_id == tenant_id, Campaign.code == code)
    ).one_or_none()


def find_current(session: Session, tenant_id: int) -> Campaign | None:
    """Return the newest open campaign of the tenant, or the newest of all, if there is any."""
    return session.scalars(
        select(Campaign)
        .where(Campaign.tenant_id == tenant_id)
        .order_by(Campaign.state.desc(), Campaign.opened_at.desc(), Campaign.id.desc())
        .limit(1)
    ).one_or_none()


def get_current(session: Session, tenant_id: int) -> Campaign:
    """Return the newest open campaign of the tenant.

    Raises:
        NotFound: none was ever opened.
    """
    campaign = find_current(session, tenant_id)
    if campaign is None:
        raise NotFound(CAMPAIGN)
    return campaign


def get_campaign(session: Session, actor: Actor, campaign_id: uuid.UUID) -> Campaign:
    """Return a campaign of the actor's own tenant.

    Raises:
        NotFound: there is none such, or the actor takes no part in campaigns.
    """
    campaign = session.get(Campaign, (actor.tenant_id, campaign_id))
    if campaign is None or not actor.places(Action.CAMPAIGN_VIEW):
        raise NotFound(CAMPAIGN)
    return campaign


def list_campaigns(session: Session, actor: Actor) -> Sequence[Campaign]:
    """Return the campaigns of the actor's tenant, the newest first."""
    if not actor.places(Action.CAMPAIGN_VIEW):
        return []
    return session.scalars(
        select(Campaign)
        .where(Campaign.tenant_id == actor.tenant_id)
        .order_by(Campaign.opened_at.desc(), Campaign.id.desc())
    ).all()


def zone_of(session: Session, tenant_id: int) -> ZoneInfo:
    """Return the tenant's time zone."""
    return ZoneInfo(session.get_one(TenantRoot, tenant_id).zone)


def due_instant(
    session: Session, campaign: Campaign, deliverable: str, kind: str
) -> datetime | None:
    """Return when units of `kind` must have handed in `deliverable`, or None if they owe none."""
    day = calendar.due_day(plan_of(campaign).deliverable(deliverable), kind, campaign.starts_on)
    if day is None:
        return None
    tenant = session.get_one(TenantRoot, campaign.tenant_id)
    return calendar.due_at(day, ZoneInfo(tenant.zone), tenant.closes)


def stage_now(session: Session, campaign: Campaign) -> Stage:
    """Return the stage the tenant's calendar is in: the last one that has begun."""
    today = clock.today(zone_of(session, campaign.tenant_id))
    plan = plan_of(campaign)
    begun = [s for s in plan.stages if calendar.on_day(s.first, campaign.starts_on) <= today]
    return begun[-1] if begun else plan.stages[0]
