"""Members: found, added, changed, taken off the roll. Sensitive fields are always masked."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from marshmallow import Schema, fields, validate

from portal.api import reading
from portal.api.edge import actor, db, route, transaction
from portal.api.schemas import DayField, PageQuery, Strict, page_of
from portal.campaigns import service as campaigns
from portal.core.errors import Invalid, Problem
from portal.core.words import Words
from portal.members import bulk, roster
from portal.members import service as members
from portal.organizations import service as organizations
from portal.screening import service as screening

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.members.models import Member

FIELDS = frozenset(column.field for column in roster.STORED)


class MemberSchema(Schema):
    """A member. ID number, telephone and address are masked, always."""

    id = fields.UUID()
    unit_id = fields.UUID()
    tie = fields.String()
    name = fields.String()
    staff_number = fields.String()
    gender = fields.String()
    ethnicity = fields.String()
    born = DayField(allow_none=True)
    education = fields.String()
    standing = fields.String()
    joined = DayField(allow_none=True)
    confirmed = DayField(allow_none=True)
    occupation = fields.String()
    membership = fields.String()
    party_post = fields.String()
    id_number = fields.String()
    phone = fields.String()
    landline = fields.String()
    address = fields.String()
    dues_until = DayField(allow_none=True)
    last_meeting = DayField(allow_none=True)
    lost_marked = fields.Boolean()
    lost_since = DayField(allow_none=True)
    floating_marked = fields.Boolean()
    destination = fields.String()
    letter_number = fields.String()
    letter_issued = DayField(allow_none=True)
    remark = fields.String()
    left_on = fields.Date(allow_none=True)
    left_reason = fields.String()
    version = fields.Integer()


class MemberQuery(PageQuery):
    """Which members."""

    unit = fields.UUID(metadata={"description": "only this unit and what is beneath it"})
    search = fields.String(
        load_default="",
        validate=validate.Length(max=60),
        metadata={"description": "name, pinyin or its initials, last four of the ID number"},
    )
    tie = fields.String(load_default=None, validate=validate.OneOf(["on_roll", "sent", "left"]))


class NewMemberSchema(Strict):
    """Somebody to be put on a roll."""

    unit = fields.UUID(required=True)
    fields_ = fields.Dict(
        keys=fields.String(), values=fields.String(), required=True, data_key="fields",
        metadata={"description": "field to text, as it would be typed into the form"},
    )  # fmt: skip


class MemberChangeSchema(Strict):
    """Fields to be changed; `version`, or ``If-Match``, is the one the caller saw."""

    version = fields.Integer(required=True)
    fields_ = fields.Dict(
        keys=fields.String(), values=fields.String(), required=True, data_key="fields",
        metadata={"description": "field to text, as it would be typed into the form"},
    )  # fmt: skip


class LeavingSchema(Strict):
    """Why and when somebody leaves the roll."""

    version = fields.Integer(required=True)
    reason = fields.String(required=True)
    on = fields.Date(required=True)
    note = fields.String(load_default="", validate=validate.Length(max=500))


def _shown(member: Member) -> dict[str, Any]:
    plain = {name: getattr(member, name) for name in MemberSchema().fields}
    return plain | {
        name: roster.masked(name, bulk.value_of(member, name) or "") for name in roster.SENSITIVE
    }


def _read(texts: dict[str, str]) -> dict[str, Any]:
    words = Words("名册没有这一项", "the roster has no such field")
    unknown = [Problem(name, words, "field") for name in sorted(set(texts) - FIELDS)]
    if unknown:
        raise Invalid(*unknown)
    return members.read_fields(texts)


def _follow(session: Session, member: Member) -> None:
    campaign = campaigns.find_current(session, member.tenant_id)
    if campaign is not None:
        screening.follow(session, actor(), campaign, [member.id])


@route("GET", "/members", tag="members", query=MemberQuery, gives=page_of(MemberSchema))
def list_members(query: dict[str, Any]) -> Any:
    """List or search the members in reach, by name."""
    unit, last = query.get("unit"), reading.cursor(query["after"], uuid.UUID)
    found = members.list_members(
        db(),
        actor(),
        path=organizations.get_unit(db(), actor(), unit).path if unit else None,
        search=query["search"],
        tie=query["tie"],
        after=last[0] if last else None,
        limit=query["limit"] + 1,
    )
    page = reading.next_page(found, query["limit"], lambda member: (member.id,))
    return {**page, "items": [_shown(member) for member in page["items"]]}


@route("GET", "/members/<uuid:member_id>", tag="members", gives=MemberSchema)
def get_member(member_id: uuid.UUID) -> dict[str, Any]:
    """Give one member."""
    return _shown(members.get_member(db(), actor(), member_id))


@route("POST", "/members", tag="members", takes=NewMemberSchema, gives=MemberSchema, status=201)
def add_member(body: dict[str, Any]) -> dict[str, Any]:
    """Put somebody on the roll of a branch."""
    with transaction(db()) as session:
        unit = organizations.get_unit(session, actor(), body["unit"])
        member = members.add(session, actor(), unit, _read(body["fields_"]))
        _follow(session, member)
        return _shown(member)


@route(
    "PATCH", "/members/<uuid:member_id>", tag="members", takes=MemberChangeSchema,
    gives=MemberSchema,
)  # fmt: skip
def change_member(member_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Change fields of a member."""
    with transaction(db()) as session:
        fields_ = _read(body["fields_"])
        member = members.change(session, actor(), member_id, fields_, version=body["version"])
        _follow(session, member)
        return _shown(member)


@route(
    "POST", "/members/<uuid:member_id>/leave", tag="members", takes=LeavingSchema,
    gives=MemberSchema,
)  # fmt: skip
def leave(member_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Take a member off the roll, with the reason and the day."""
    with transaction(db()) as session:
        member = members.leave(
            session, actor(), member_id, body["reason"], body["on"], body["note"],
            version=body["version"],
        )  # fmt: skip
        _follow(session, member)
        return _shown(member)
