"""What is common to all that the API takes and gives. The OpenAPI document is made from these."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, fields, validate
from typing_extensions import override

from portal.core.precision import Day as PartialDay

LIMIT = 200
LONG = validate.Length(max=2000)


class DayField(fields.String):
    """A day, a month or a year, as precisely as it is known: ``2026-11-20``, ``1987-10``."""

    @override
    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else str(value)

    @override
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            return PartialDay(text) if text else None
        except ValueError as error:
            raise self.make_error("invalid") from error


class Strict(Schema):
    """A schema that refuses what it does not know."""

    class Meta:
        """Refuse unknown fields, so that a misspelt name is not silently lost."""

        unknown = RAISE


class WordsSchema(Schema):
    """A sentence in both languages."""

    zh = fields.String()
    en = fields.String()


class ProblemSchema(Schema):
    """What was refused, where, and how to mend it (RFC 9457)."""

    type = fields.String(metadata={"description": "stable: urn:sicha:problem:…"})
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()
    instance = fields.String(metadata={"description": "the number of this request in our log"})
    words = fields.Nested(WordsSchema)
    problems = fields.List(fields.Dict(keys=fields.String()), metadata={"description": "for 422"})


class PageQuery(Strict):
    """Which page of a list."""

    after = fields.String(load_default="", metadata={"description": "`next` of the page before"})
    limit = fields.Integer(load_default=50, validate=validate.Range(1, LIMIT))


def page_of(schema: type[Schema]) -> type[Schema]:
    """Return the schema of one page of `schema`, with where the next one begins."""
    return Schema.from_dict(
        {"items": fields.List(fields.Nested(schema)), "next": fields.String(allow_none=True)},
        name=f"{schema.__name__.removesuffix('Schema')}Page",
    )
