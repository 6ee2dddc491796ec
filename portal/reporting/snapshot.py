"""The persons behind a unit's own figures, as they were when it filed.

A snapshot keeps, for every audited person of one unit, the facts (so that each cell opens to its
persons for ever) and what the registers print. ID numbers and phones are in it masked only.
"""

from __future__ import annotations

import base64
import json
import zlib
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select

from portal.members import masking
from portal.members.models import Member
from portal.screening import facts
from portal.screening import service as screening
from portal.screening.models import Record
from portal.tracing import service as tracing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from portal.campaigns.models import Campaign
    from portal.organizations.models import Unit

Person = dict[str, Any]


def take(session: Session, campaign: Campaign, unit: Unit) -> list[Person]:
    """Return the audited persons of `unit` itself, by name.

    Each is ``{"member": id, "record": id, "facts": {name: value}, "fields": {name: value}}``.
    """
    rows = session.execute(
        select(Record, Member)
        .join(Member, and_(Member.tenant_id == Record.tenant_id, Member.id == Record.member_id))
        .where(screening.audited(campaign, unit.path), Record.path == unit.path)
        .order_by(Member.name, Member.id)
    )
    tried = tracing.channels_tried(session, campaign.tenant_id, unit.path)
    return [_person(record, member, unit, tried.get(record.id, 0)) for record, member in rows]


def _person(record: Record, member: Member, unit: Unit, channels: int) -> Person:
    return {
        "member": member.id.hex,
        "record": record.id.hex,
        "facts": facts.of(record),
        "screening": {
            "explained": bool(record.explanation),
            "proposal": record.proposal,
            "note": record.lost_note,
            "contact": _text(record.last_contact),
            "channels": channels,
        },
        "fields": _fields(record, member, unit, channels),
    }


def _fields(record: Record, member: Member, unit: Unit, channels: int) -> dict[str, Any]:
    return {
        "name": member.name,
        "unit": unit.name,
        "id_number": masking.masked_id(member.id_number or ""),
        "phone": masking.masked_phone(member.phone or ""),
        "address": "",
        "ethnicity": member.ethnicity,
        "born": _text(member.born),
        "education": member.education,
        "joined": _text(member.joined),
        "confirmed": _text(member.confirmed),
        "occupation": member.occupation,
        "membership": member.membership,
        "remark": member.remark,
        "destination": record.destination,
        "left_on": _text(record.left_on),
        "reason_away": record.reason_away,
        "host": record.host,
        "last_contact": _text(record.last_contact),
        "lost_since": _text(record.last_contact) if record.lost else "",
        "found_on": _text(record.found_on),
        "wish": record.wish,
        "lost_note": record.lost_note,
        "channels": channels,
    }


def _text(day: Any) -> str:
    return "" if day is None else str(day)


def dumps(persons: Sequence[Person]) -> str:
    """Return the snapshot as text to be sealed."""
    written = json.dumps(persons, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return base64.b64encode(zlib.compress(written.encode(), 6)).decode()


def loads(text: str | None) -> list[Person]:
    """Return the persons of a stored snapshot; none when the unit had none."""
    if not text:
        return []
    persons: list[Person] = json.loads(zlib.decompress(base64.b64decode(text)))
    return persons
