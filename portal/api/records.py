"""Screening records: the check list, the evidence and the findings of each member."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from marshmallow import Schema, fields, validate

from portal.api import reading
from portal.api.campaigns import meant
from portal.api.edge import actor, db, route, transaction
from portal.api.schemas import DayField, PageQuery, Strict, page_of
from portal.campaigns import service as campaigns
from portal.core.errors import Invalid, Problem
from portal.core.words import Words
from portal.members import service as members
from portal.organizations import service as organizations
from portal.screening import facts
from portal.screening import service as screening
from portal.screening.worklist import FILTERS

if TYPE_CHECKING:
    from portal.members.models import Member
    from portal.screening.models import Record


NOTHING_ASKED = Words(
    "请至少给出 checks、evidence、findings、explanation 中的一项",
    "give at least one of checks, evidence, findings and explanation",
)


class RecordSchema(Schema):
    """What is known of one member in one campaign."""

    id = fields.UUID()
    campaign_id = fields.UUID()
    member_id = fields.UUID()
    path = fields.String()
    name = fields.String()
    facts = fields.Dict(keys=fields.String())
    checks = fields.Dict(keys=fields.String())
    verified_how = fields.String()
    explanation = fields.String()
    dues_until = DayField(allow_none=True)
    last_meeting = DayField(allow_none=True)
    last_contact = DayField(allow_none=True)
    proposal = fields.List(fields.String())
    version = fields.Integer()


class RecordQuery(PageQuery):
    """Which records."""

    unit = fields.UUID(required=True)
    campaign = fields.UUID(metadata={"description": "default: the one under way"})
    filter = fields.String(load_default="all", validate=validate.OneOf(FILTERS))


class CheckSchema(Strict):
    """The result of one item of the check list."""

    result = fields.String(required=True, validate=validate.OneOf(["ok", "doubt", "na"]))
    note = fields.String(load_default="", validate=validate.Length(max=500))


class FindingsSchema(Strict):
    """What a person says of a member; a finding set to false empties what hangs on it."""

    floating = fields.Boolean()
    left_on = DayField(allow_none=True)
    destination_scope = fields.String(validate=validate.Length(max=10))
    destination_kind = fields.String(validate=validate.Length(max=20))
    destination = fields.String(validate=validate.Length(max=120))
    former_occupation = fields.String(validate=validate.Length(max=20))
    reason_away = fields.String(validate=validate.Length(max=60))
    certificate = fields.Boolean()
    host = fields.String(validate=validate.Length(max=120))
    lives_elsewhere = fields.Boolean()
    nominal = fields.String(validate=validate.Length(max=10))
    receipt = fields.String(validate=validate.Length(max=10))
    lost = fields.Boolean()
    circumstance = fields.String(validate=validate.Length(max=1))
    lost_note = fields.String(validate=validate.Length(max=500))
    wish = fields.String(validate=validate.Length(max=200))
    focus = fields.String(validate=validate.Length(max=200))


class EvidenceSchema(Strict):
    """The last dues and the last meeting."""

    dues_until = DayField(allow_none=True, required=True)
    last_meeting = DayField(allow_none=True, required=True)


class RecordChangeSchema(Strict):
    """Any of checks, evidence, findings and explanation, in one act."""

    version = fields.Integer(required=True)
    checks = fields.Dict(keys=fields.String(), values=fields.Nested(CheckSchema))
    verified_how = fields.String(
        load_default="", validate=validate.OneOf(["", *facts.VERIFIED_HOW])
    )
    evidence = fields.Nested(EvidenceSchema)
    findings = fields.Nested(FindingsSchema)
    explanation = fields.String(validate=validate.Length(max=500))


def _shown(record: Record, member: Member) -> dict[str, Any]:
    plain = {name: getattr(record, name, None) for name in RecordSchema().fields}
    return plain | {
        "name": member.name,
        "facts": facts.of(record),
        "proposal": [each for each in record.proposal.split("|") if each],
    }


@route("GET", "/records", tag="records", query=RecordQuery, gives=page_of(RecordSchema))
def list_records(query: dict[str, Any]) -> Any:
    """List the records at or below a unit, by name of the member."""
    campaign = meant(query.get("campaign"))
    found = screening.list_records(
        db(),
        actor(),
        campaign,
        organizations.get_unit(db(), actor(), query["unit"]).path,
        only=query["filter"],
        after=reading.cursor(query["after"], str, uuid.UUID),
        limit=query["limit"] + 1,
    )
    page = reading.next_page(found, query["limit"], lambda row: (row[1].name, row[1].id))
    return {**page, "items": [_shown(record, member) for record, member in page["items"]]}


@route("GET", "/records/<uuid:record_id>", tag="records", gives=RecordSchema)
def get_record(record_id: uuid.UUID) -> dict[str, Any]:
    """Give one record."""
    record = screening.get_record(db(), actor(), record_id)
    return _shown(record, members.get_member(db(), actor(), record.member_id))


@route(
    "PATCH", "/records/<uuid:record_id>", tag="records", takes=RecordChangeSchema,
    gives=RecordSchema,
)  # fmt: skip
def change_record(record_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Note results of checks, evidence, findings or an explanation: all of it, or nothing."""
    asked = [write for name, write in _WRITERS.items() if name in body]
    if not asked:
        raise Invalid(Problem("", NOTHING_ASKED, "format"))
    version = body["version"]
    with transaction(db()) as session:
        record = screening.get_record(session, actor(), record_id)
        campaign = campaigns.get_campaign(session, actor(), record.campaign_id)
        for write in asked:
            version = write(session, campaign, record_id, body, version).version
        return _shown(record, members.get_member(session, actor(), record.member_id))


_WRITERS: dict[str, Any] = {
    "checks": lambda session, campaign, key, body, version: screening.screen(
        session, actor(), campaign, key, body["checks"], version=version,
        verified_how=body["verified_how"],
    ),
    "evidence": lambda session, campaign, key, body, version: screening.set_evidence(
        session, actor(), campaign, key, version=version, **body["evidence"]
    ),
    "findings": lambda session, campaign, key, body, version: screening.find(
        session, actor(), campaign, key, body["findings"], version=version
    ),
    "explanation": lambda session, _campaign, key, body, version: screening.explain(
        session, actor(), key, body["explanation"], version=version
    ),
}  # fmt: skip
