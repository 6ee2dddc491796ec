"""Bringing the roster into a campaign: one record per member who is audited (mission M2)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, insert, select

from portal import access
from portal.core import clock
from portal.core.keys import uuid7
from portal.extension import manager
from portal.members.models import Member, Tie
from portal.organizations import service as organizations
from portal.organizations.models import Unit
from portal.screening import facts, findings
from portal.screening.models import Record

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.campaigns.models import Campaign

_AUDITED = (Tie.ON_ROLL.value, Tie.SENT.value)
_BATCH = 2_000


def enrol(session: Session, actor: Actor, campaign: Campaign, path: str) -> int:
    """Add a record for every audited member at or below `path` who has none yet.

    The caller has been permitted to change the roster or to open the campaign there.

    Returns:
        The number of records added.
    """
    sectors = dict(
        session.execute(
            select(Unit.path, Unit.sector).where(
                Unit.tenant_id == campaign.tenant_id, access.within(Unit, path)
            )
        ).all()
    )
    missing = session.scalars(
        select(Member)
        .outerjoin(
            Record,
            and_(
                Record.tenant_id == Member.tenant_id,
                Record.campaign_id == campaign.id,
                Record.member_id == Member.id,
            ),
        )
        .where(
            Member.tenant_id == campaign.tenant_id,
            access.within(Member, path),
            Member.tie.in_(_AUDITED),
            Record.id.is_(None),
        )
        .execution_options(yield_per=_BATCH)
    )
    total = 0
    for batch in missing.partitions(_BATCH):
        rows = [_row(session, actor, campaign, m, sectors.get(m.path, "")) for m in batch]
        session.execute(insert(Record), rows)
        total += len(rows)
    return total


def follow(
    session: Session, actor: Actor, campaign: Campaign, members: Iterable[uuid.UUID]
) -> None:
    """Bring what was copied from the roster up to date after these members changed.

    Findings and checks that a person made stay; who left the roll is no longer audited.
    """
    for member_id in members:
        member = session.get_one(Member, (campaign.tenant_id, member_id))
        record = session.scalars(
            select(Record).where(
                Record.tenant_id == campaign.tenant_id,
                Record.campaign_id == campaign.id,
                Record.member_id == member_id,
            )
        ).one_or_none()
        if record is None:
            if member.tie in _AUDITED:
                unit = session.get_one(Unit, (campaign.tenant_id, member.unit_id))
                row = _row(session, actor, campaign, member, unit.sector)
                session.execute(insert(Record), [row])
            continue
        for name, value in _copied(campaign, member).items():
            setattr(record, name, value)
        propose_focus_again(session, record)
        record.updated_at, record.updated_by = clock.now(), actor.user_id
    session.flush()


def _copied(campaign: Campaign, member: Member) -> dict[str, Any]:
    """Return the facts that are the roster's own."""
    return {
        "path": member.path,
        "withdrawn": member.tie not in _AUDITED,
        "standing": member.standing,
        "on_roll": member.tie == Tie.ON_ROLL.value,
        "gender": member.gender,
        "minority": bool(member.ethnicity) and member.ethnicity != "01",
        "age": findings.whole_years(member.born, campaign.cut_off),
        "party_years": findings.whole_years(member.confirmed or member.joined, campaign.cut_off),
        "education_band": findings.education_band(member.education),
        "occupation_group": findings.occupation_group(member.occupation),
    }


def _row(
    session: Session, actor: Actor, campaign: Campaign, member: Member, sector: str
) -> dict[str, Any]:
    contact = findings.last_contact(member.dues_until, member.last_meeting) or member.lost_since
    months = findings.months_lost(contact, campaign.cut_off)
    row = {
        "tenant_id": campaign.tenant_id,
        "id": uuid7(),
        "campaign_id": campaign.id,
        "member_id": member.id,
        "sector": sector,
        "checks": {},
        "dues_until": member.dues_until,
        "last_meeting": member.last_meeting,
        "last_contact": contact,
        "months_lost": months,
        "proposal": findings.propose(
            months=months,
            lost_after=campaign.plan["lost_after_months"],
            lost_marked=member.lost_marked,
            floating_marked=member.floating_marked,
            sent=member.tie == Tie.SENT.value,
        ),
        "receipt": "missing" if member.tie == Tie.SENT.value else "",
        "destination": member.destination,
        "updated_at": clock.now(),
        "updated_by": actor.user_id,
        "version": 1,
        **_copied(campaign, member),
    }
    return row | {"focus_proposed": propose_focus(session, row)}


def propose_focus(session: Session, known: dict[str, Any]) -> str:
    """Return the focus groups that the plugins in force at the record's unit propose."""
    plugins = manager.standard()
    switched = session.info.setdefault("plugins", {})
    key = (known["tenant_id"], known["path"])
    if key not in switched:
        switched[key] = organizations.plugins_on(session, *key)
    names = plugins.in_force(switched[key], known["sector"])
    return "|".join(plugins.propose(names, _blank() | known)) if names else ""


def propose_focus_again(session: Session, record: Record) -> None:
    """Ask the plugins anew after facts changed; groups confirmed already are not proposed."""
    known = facts.of(record) | {"tenant_id": record.tenant_id, "path": record.path}
    confirmed = set(record.focus.split("|"))
    proposed = propose_focus(session, known).split("|")
    record.focus_proposed = "|".join(code for code in proposed if code not in confirmed)


@cache
def _blank() -> dict[str, Any]:
    """Return the facts of a record about which nothing is known yet."""
    return {
        column.key: column.default.arg if column.default is not None else None
        for column in Record.__table__.columns
        if column.default is None or column.default.is_scalar
    }
