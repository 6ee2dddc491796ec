"""Units of the tree, and the totals at each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import Schema, fields, validate

from portal.api import reading
from portal.api.campaigns import meant
from portal.api.edge import actor, db, route
from portal.api.schemas import PageQuery, Strict, page_of
from portal.organizations import service as organizations
from portal.reporting import service as reporting

if TYPE_CHECKING:
    import uuid

    from portal.organizations.models import Unit


class UnitSchema(Schema):
    """A unit of the tree."""

    id = fields.UUID()
    parent_id = fields.UUID(allow_none=True)
    code = fields.String()
    kind = fields.String()
    name = fields.String()
    full_name = fields.String()
    category = fields.String()
    sector = fields.String()
    path = fields.String()
    dissolved_on = fields.Date(allow_none=True)
    version = fields.Integer()


class UnitQuery(PageQuery):
    """Which units."""

    below = fields.UUID(metadata={"description": "only this unit and what is beneath it"})
    kind = fields.String(load_default=None)
    search = fields.String(load_default="", validate=validate.Length(max=60))


class TotalsQuery(Strict):
    """Which totals."""

    table = fields.String(required=True, metadata={"description": "t7 or 表7"})
    campaign = fields.UUID(metadata={"description": "default: the one under way"})


class CellSchema(Schema):
    """The three totals of one cell, in persons."""

    reported = fields.Integer()
    accepted = fields.Integer()
    recognised = fields.Integer()


class CoverageSchema(Schema):
    """How many of the units below have filed."""

    units = fields.Integer()
    filed = fields.Integer()
    accepted = fields.Integer()
    late = fields.Integer()
    missing = fields.Integer()
    exempt = fields.Integer()


class TotalsSchema(Schema):
    """One table at one unit."""

    unit = fields.UUID()
    campaign = fields.UUID()
    table = fields.String()
    cells = fields.Dict(keys=fields.String(), values=fields.Nested(CellSchema))
    coverage = fields.Nested(CoverageSchema)


@route("GET", "/units", tag="units", query=UnitQuery, gives=page_of(UnitSchema))
def list_units(query: dict[str, Any]) -> Any:
    """List the units in reach, by code."""
    below = query.get("below")
    last = reading.cursor(query["after"], str)
    found = organizations.list_units(
        db(),
        actor(),
        below=organizations.get_unit(db(), actor(), below).path if below else None,
        kind=query["kind"],
        search=query["search"],
        after=last[0] if last else None,
        limit=query["limit"] + 1,
    )
    return reading.next_page(found, query["limit"], lambda unit: (unit.code,))


@route("GET", "/units/<uuid:unit_id>", tag="units", gives=UnitSchema)
def get_unit(unit_id: uuid.UUID) -> Unit:
    """Give one unit."""
    return organizations.get_unit(db(), actor(), unit_id)


@route("GET", "/units/<uuid:unit_id>/totals", tag="units", query=TotalsQuery, gives=TotalsSchema)
def get_totals(unit_id: uuid.UUID, query: dict[str, Any]) -> dict[str, Any]:
    """Give the three totals of every cell of one table at a unit, and who has filed."""
    unit = organizations.get_unit(db(), actor(), unit_id)
    campaign = meant(query.get("campaign"))
    totals = reporting.totals(db(), actor(), campaign, unit.path)
    return {
        "unit": unit.id,
        "campaign": campaign.id,
        "table": totals.catalogue.table(query["table"]).code,
        "cells": totals.of_table(query["table"]),
        "coverage": totals.coverage.to_json(),
    }
