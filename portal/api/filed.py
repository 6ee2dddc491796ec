"""What the API takes and gives of returns, filings and remarks."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from portal.api.schemas import LIMIT, LONG, PageQuery, Strict
from portal.reporting.models import State


class ReturnSchema(Schema):
    """What one unit owes on one deliverable, and how far it has come."""

    id = fields.UUID()
    campaign_id = fields.UUID()
    unit_id = fields.UUID()
    path = fields.String()
    deliverable = fields.String()
    state = fields.String()
    due_at = fields.AwareDateTime()
    exempt = fields.String()
    round = fields.Integer()
    first_filed_at = fields.AwareDateTime(allow_none=True)
    late = fields.Boolean()
    decided_at = fields.AwareDateTime(allow_none=True)
    version = fields.Integer()


class RemarkSchema(Schema):
    """A remark of the superior, and its answer."""

    number = fields.Integer()
    table = fields.String()
    place = fields.String()
    severity = fields.String()
    text = fields.String()
    at = fields.AwareDateTime()
    answer = fields.String()
    answer_text = fields.String()
    before = fields.Integer(allow_none=True)
    after = fields.Integer(allow_none=True)


class OutcomeSchema(Schema):
    """What one rule says."""

    rule = fields.String()
    severity = fields.String()
    holds = fields.Boolean()
    zh = fields.String()
    en = fields.String()
    source = fields.String()
    explanation = fields.String()
    persons = fields.Integer(metadata={"description": "how many persons it is about"})


class FilingSchema(Schema):
    """One version of what a unit handed upward; it is never changed."""

    id = fields.UUID()
    round = fields.Integer()
    at = fields.AwareDateTime()
    catalogue = fields.Integer()
    figures = fields.Dict(keys=fields.String(), values=fields.Integer())
    overrides = fields.Dict(keys=fields.String())
    checks = fields.List(fields.Nested(OutcomeSchema))
    narrative = fields.String()
    hash = fields.String()


class FiledReturnSchema(ReturnSchema):
    """A return with its newest filing and all remarks."""

    filing = fields.Nested(FilingSchema, allow_none=True)
    remarks = fields.List(fields.Nested(RemarkSchema))


class DraftSchema(Schema):
    """What the unit would file now."""

    figures = fields.Dict(keys=fields.String(), values=fields.Integer())
    outcomes = fields.List(fields.Nested(OutcomeSchema))
    blocking = fields.List(fields.String(), metadata={"description": "rules that block"})


class ReturnQuery(PageQuery):
    """Which returns."""

    campaign = fields.UUID(metadata={"description": "default: the one under way"})
    unit = fields.UUID(metadata={"description": "only this unit and what is beneath it"})
    state = fields.String(load_default="", validate=validate.OneOf(["", *State]))
    deliverable = fields.String(load_default="", validate=validate.Length(max=40))


class StepSchema(Strict):
    """A step on a return; `version`, or ``If-Match``, is the one the caller saw."""

    version = fields.Integer(required=True)


class FileSchema(StepSchema):
    """Filing; a report has its text."""

    narrative = fields.String(load_default="", validate=validate.Length(max=20_000))


class NoteSchema(Strict):
    """A remark to be made."""

    text = fields.String(required=True, validate=LONG)
    table = fields.String(load_default="", validate=validate.Length(max=40))
    place = fields.String(load_default="", validate=validate.Length(max=80))
    severity = fields.String(load_default="error", validate=validate.OneOf(["error", "hint"]))


class SendBackSchema(StepSchema):
    """Returning a filing with numbered remarks."""

    remarks = fields.List(
        fields.Nested(NoteSchema), required=True, validate=validate.Length(max=LIMIT)
    )


class AnswerSchema(Strict):
    """An answer to a remark."""

    number = fields.Integer(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(["changed", "explained"]))
    text = fields.String(load_default="", validate=LONG)


class ExplanationSchema(Strict):
    """The sentence that a rule asks for; an empty one takes it back."""

    rule = fields.String(required=True, validate=validate.Length(max=80))
    text = fields.String(required=True, validate=LONG)


class OverrideSchema(Strict):
    """A figure typed over the counted one, with a reason; no value takes it back."""

    cell = fields.String(required=True, validate=validate.Length(max=40))
    value = fields.Integer(
        required=True, allow_none=True, validate=validate.Range(0, 1_000_000_000)
    )
    reason = fields.String(load_default="", validate=LONG)
