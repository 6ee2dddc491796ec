"""The objects that an address can name, unit by unit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from portal.duties.models import AppointmentProposal
from portal.exports.models import Export
from portal.identity.models import SignIn
from portal.imports.models import Upload
from portal.jobs.models import Job
from portal.members.models import Member
from portal.notifications.models import Notice
from portal.organizations.models import Appointment, EmergencyAccess, Unit
from portal.privacy.models import Hold, Purge
from portal.reporting.models import Return
from portal.screening.models import Record

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.isolation.world import Stage


@dataclass(frozen=True)
class Owned:
    """The objects of one unit that an address can name, and where the unit stands."""

    code: str
    path: str
    things: dict[str, list[Any]] = field(default_factory=dict)


def owned(stage: Stage) -> dict[str, Owned]:
    """Return the objects of every unit, by its code."""
    found = {unit.code: _of(stage.session, unit) for unit in stage.units}
    found[stage.root.code].things["campaign_id"] = [stage.campaign_id]
    return found


def _of(session: Session, unit: Unit) -> Owned:
    here = unit.path

    def ids(model: Any, *where: Any) -> list[Any]:
        query = select(model.id).where(model.tenant_id == 1, *where).order_by(model.id)
        return list(session.scalars(query))

    posts = session.execute(
        select(Appointment.id, Appointment.user_id).where(Appointment.path == here)
    ).all()
    users = [user_id for _, user_id in posts]
    records = (
        select(Record.id)
        .join(Member, (Member.tenant_id == Record.tenant_id) & (Member.id == Record.member_id))
        .where(Record.path == here)
        .order_by(Member.id)
        .limit(4)  # one in order, one lost, one found, one away
    )
    deliverables = ("plan", "tables")
    return Owned(unit.code, here, {
        "unit_id": [unit.id],
        "member_id": ids(Member, Member.path == here)[:3],
        "record_id": list(session.scalars(records)),
        "return_id": ids(Return, Return.path == here, Return.deliverable.in_(deliverables)),
        "upload_id": ids(Upload, Upload.path == here),
        "job_id": ids(Job, Job.path == here),
        "notice_id": ids(Notice, Notice.user_id.in_(users), Notice.kind == "chase"),
        "user_id": users[:2],
        "export_id": ids(Export, Export.path == here)[:2],
        "sign_in_id": ids(SignIn, SignIn.user_id.in_(users[:1])),
        "post_id": [post for post, _ in posts][:1],
        "proposal_id": ids(AppointmentProposal, AppointmentProposal.path == here),
        "access_id": ids(EmergencyAccess, EmergencyAccess.path == here),
        "purge_id": ids(Purge, Purge.path == here),
        "hold_id": ids(Hold, Hold.path == here),
    })  # fmt: skip


def secrets(session: Session) -> frozenset[str]:
    """Return every ID number and phone of a member, which no page shows in full."""
    members = session.scalars(select(Member).where(Member.tenant_id == 1))
    return frozenset(text for each in members for text in (each.id_number, each.phone) if text)


def versions(session: Session) -> dict[str, int]:
    """Return the version of everything that two people could change at once, by its id."""
    return {
        str(key): version
        for model in (Member, Record, Return, Upload, Unit, Export)
        for key, version in session.execute(select(model.id, model.version))
    }
