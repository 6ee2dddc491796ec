"""Circulars: how the work stands, drafted from the board, read by everybody beneath."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select

from portal import access, audit
from portal.access import Action
from portal.audit import Act
from portal.core import clock, tree
from portal.core.errors import Invalid, Problem
from portal.core.words import Words
from portal.notifications import service as notifications
from portal.organizations import service as organizations
from portal.organizations.models import Unit
from portal.reporting import status, telling
from portal.reporting.models import Circular

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.campaigns.models import Campaign


def draft(session: Session, actor: Actor, campaign: Campaign, unit: Unit) -> tuple[str, str]:
    """Return title and text of a circular with the figures of this hour in place.

    Raises:
        NotFound: out of the actor's reach.
    """
    counted = status.tally(session, actor, campaign, unit.path)
    late, missing = [], []
    for line in status.board(session, actor, campaign, unit.path):
        states = [status.cell_state(item, clock.now()) for item in line.items.values()]
        if "missing" in states:
            missing.append(f"{line.unit.name}（{states.count('missing')} 项）")
        elif any(item.late for item in line.items.values()):
            late.append(line.unit.name)
    stand = (
        f"截至目前，应报 {counted.expected} 项：按时 {counted.on_time} 项，迟报 {counted.late} 项，"
        f"未报 {counted.missing} 项，免报 {counted.exempt} 项；另有 {counted.not_due} 项未到期。"
    )
    paragraphs = [
        stand,
        f"逾期未报的单位：{'、'.join(missing) or '无'}。",
        f"迟报的单位：{'、'.join(late) or '无'}。",
        "请未报单位抓紧核查上报；确有困难的，写明原因报告。通报内容仅限内部，不得对外公布。",
    ]
    return f"关于{campaign.title}进展情况的通报", "\n".join(paragraphs)


def issue(
    session: Session, actor: Actor, campaign: Campaign, unit: Unit, title: str, text: str
) -> Circular:
    """Issue a circular to everybody below `unit`, and tell those directly beneath.

    Raises:
        NotAllowed: not a superior there. Invalid: no title or no text.
    """
    access.require(actor, Action.REPORT_CHASE, unit.path)
    faults = [
        Problem(where, Words("请填写", "Write it down"))
        for where, what in (("标题", title), ("正文", text))
        if not what.strip()
    ]
    if faults:
        raise Invalid(*faults)
    circular = Circular(
        tenant_id=actor.tenant_id,
        campaign_id=campaign.id,
        path=unit.path,
        title=title.strip()[:120],
        text=text.strip()[:10000],
        at=clock.now(),
        by=actor.user_id,
    )
    session.add(circular)
    session.flush()
    told = _tell(session, actor, unit, circular)
    audit.record(
        session, actor, Act.REPORT_CIRCULAR, unit.path, f"circular:{circular.id}", told=told
    )
    session.flush()
    return circular


def _tell(session: Session, actor: Actor, unit: Unit, circular: Circular) -> int:
    people: list[int] = []
    for child in organizations.children(session, actor, unit):
        people += organizations.recipients(
            session, actor.tenant_id, child.path, telling.RESPONSIBLE
        )
    words = Words(f"{unit.name}：{circular.title}", f"{unit.name}: a circular on progress")
    notifications.tell(session, actor.tenant_id, people, "circular", words, "/circulars")
    return len(set(people))


def list_circulars(
    session: Session, actor: Actor, campaign: Campaign, *, limit: int = 30
) -> Sequence[tuple[Circular, Unit]]:
    """Return the circulars from above the actor's places and from within them, newest first."""
    places = actor.places(Action.REPORT_VIEW)
    above = {path for place in places for path in tree.lineage(place)}
    ranges = [access.within(Circular, place) for place in places]
    rows = session.execute(
        select(Circular, Unit)
        .join(Unit, and_(Unit.tenant_id == Circular.tenant_id, Unit.path == Circular.path))
        .where(
            Circular.tenant_id == actor.tenant_id,
            Circular.campaign_id == campaign.id,
            or_(Circular.path.in_(above), *ranges),
        )
        .order_by(Circular.at.desc(), Circular.id.desc())
        .limit(limit)
    )
    return [(circular, unit) for circular, unit in rows]
