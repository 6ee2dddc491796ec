"""Bringing the roster into a campaign: one record per member who is audited (mission M2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, insert, select, update

from portal import access
from portal.core import clock
from portal.core.keys import uuid7
from portal.members.models import Member, Tie
from portal.organizations import service as organizations
from portal.organizations.models import Unit
from portal.scope import service as scope
from portal.screening import facts, findings, plugins
from portal.screening.models import Record
from portal.screening.worklist import audited

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.campaigns.models import Campaign

_AUDITED = (Tie.ON_ROLL.value, Tie.SENT.value)
_BATCH = 2_000
_IDS = 500


@scope.through(scope.Reason.OPENING)
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
    total, on = 0, organizations.switches(session, campaign.tenant_id)
    for batch in missing.partitions(_BATCH):
        rows = [
            _row(actor, campaign, m, sectors.get(m.path, ""), organizations.nearest(on, m.path))
            for m in batch
        ]
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
        unit = session.get_one(Unit, (campaign.tenant_id, member.unit_id))
        record = session.scalars(
            select(Record).where(
                Record.tenant_id == campaign.tenant_id,
                Record.campaign_id == campaign.id,
                Record.member_id == member_id,
            )
        ).one_or_none()
        if record is None:
            if member.tie in _AUDITED:
                on = organizations.plugins_on(session, member.tenant_id, member.path)
                row = _row(actor, campaign, member, unit.sector, on)
                session.execute(insert(Record), [row])
            continue
        for name, value in _copied(campaign, member).items():
            setattr(record, name, value)
        record.sector = unit.sector
        _follow_receipt(record)
        _follow_evidence(campaign, record, member)
        propose_focus_again(session, record)
        record.updated_at, record.updated_by = clock.now(), actor.user_id
    session.flush()


def _follow_evidence(campaign: Campaign, record: Record, member: Member) -> None:
    """Take dues and meetings from the roster where they are later than what is on record."""
    dues = findings.last_contact(record.dues_until, member.dues_until)
    meeting = findings.last_contact(record.last_meeting, member.last_meeting)
    if (dues, meeting) != (record.dues_until, record.last_meeting):
        record.dues_until, record.last_meeting = dues, meeting
        propose_lost_again(campaign, record)


def propose_lost_again(campaign: Campaign, record: Record) -> None:
    """Count the months anew after evidence changed, and propose what follows from them."""
    record.last_contact = findings.last_contact(record.dues_until, record.last_meeting)
    record.months_lost = findings.months_lost(record.last_contact, campaign.cut_off)
    proposed = findings.propose(
        months=record.months_lost, lost_after=campaign.plan["lost_after_months"],
        lost_marked=False, floating_marked=False, sent=False,
    )  # fmt: skip
    kept = [each for each in record.proposal.split("|") if each and each != "lost"]
    record.proposal = "|".join([proposed, *kept] if proposed and not record.lost else kept)


def _follow_receipt(record: Record) -> None:
    """Owe a receipt for who was sent off, and none for who is on the roll (D1)."""
    waiting = [finding for finding in record.proposal.split("|") if finding]
    if record.on_roll:
        record.receipt = ""
        waiting = [finding for finding in waiting if finding != "receipt"]
    elif not record.receipt:
        record.receipt = "missing"
        waiting = [*dict.fromkeys([*waiting, "receipt"])]
    record.proposal = "|".join(waiting)


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
    actor: Actor, campaign: Campaign, member: Member, sector: str, on: frozenset[str]
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
    return row | {"focus_proposed": _proposed(facts.nothing_known() | _facts_in(row), on)}


def propose_focus_again(session: Session, record: Record) -> None:
    """Ask the plugins anew after facts of one record changed."""
    on = organizations.plugins_on(session, record.tenant_id, record.path)
    record.focus_proposed = _proposed(facts.of(record), on)


@scope.through(scope.Reason.PLUGINS)
def ask_plugins_again(session: Session, campaign: Campaign, path: str) -> int:
    """Ask the plugins anew about everybody at or below `path`, after one was switched.

    Groups that a person confirmed stay.

    Returns:
        The number of records for which something else is proposed now.
    """
    session.flush()
    on = organizations.switches(session, campaign.tenant_id)
    known = [getattr(Record, name) for name in facts.NAMES]
    rows = session.execute(
        select(Record.id, Record.path, Record.focus_proposed, *known)
        .where(audited(campaign, path))
        .execution_options(yield_per=_BATCH)
    )
    changed: dict[str, list[uuid.UUID]] = {}
    for row in rows.mappings():
        now = _proposed(_facts_in(row), organizations.nearest(on, row["path"]))
        if now != row["focus_proposed"]:
            changed.setdefault(now, []).append(row["id"])
    for now, ids in changed.items():
        for start in range(0, len(ids), _IDS):
            session.execute(
                update(Record)
                .where(
                    Record.tenant_id == campaign.tenant_id, Record.id.in_(ids[start : start + _IDS])
                )
                .values(focus_proposed=now)
            )
    return sum(len(ids) for ids in changed.values())


def _proposed(known: Mapping[str, Any], on: frozenset[str]) -> str:
    """Return the groups that the plugins `on` propose and nobody has confirmed, joined by ``|``."""
    offered = plugins.standard()
    names = offered.in_force(on, known["sector"])
    if not names:
        return ""
    confirmed = known["focus"].split("|")
    codes = offered.propose(names, known)
    return "|".join(code for code in codes if code not in confirmed)


def _facts_in(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return of a row what a plugin may see: the facts, no name and no free text."""
    return {name: row[name] for name in facts.NAMES if name in row}
