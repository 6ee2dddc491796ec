"""Campaigns, and what their tables count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import Schema, fields

from portal.api.edge import actor, db, route
from portal.api.schemas import page_of
from portal.campaigns import service as campaigns
from portal.reporting import service as reporting

if TYPE_CHECKING:
    import uuid

    from portal.campaigns.models import Campaign


class CampaignSchema(Schema):
    """A campaign."""

    id = fields.UUID()
    code = fields.String()
    title = fields.String()
    template = fields.String()
    starts_on = fields.Date()
    cut_off = fields.Date()
    state = fields.String()
    plan = fields.Dict(
        keys=fields.String(), metadata={"description": "stages, deliverables, checks"}
    )
    version = fields.Integer()


class TablesSchema(Schema):
    """What the tables of a campaign count, as `portal tables --json` tells it."""

    facts = fields.List(fields.Dict(keys=fields.String()))
    tables = fields.List(fields.Dict(keys=fields.String()))


def meant(campaign_id: uuid.UUID | None) -> Campaign:
    """Return the campaign a query names, or the one under way."""
    if campaign_id is None:
        return campaigns.get_current(db(), actor().tenant_id)
    return campaigns.get_campaign(db(), actor(), campaign_id)


@route("GET", "/campaigns", tag="campaigns", gives=page_of(CampaignSchema))
def list_campaigns() -> dict[str, Any]:
    """List the campaigns, the newest first; there are few, so there is one page."""
    return {"items": campaigns.list_campaigns(db(), actor()), "next": None}


@route("GET", "/campaigns/<uuid:campaign_id>", tag="campaigns", gives=CampaignSchema)
def get_campaign(campaign_id: uuid.UUID) -> Campaign:
    """Give one campaign with its plan."""
    return campaigns.get_campaign(db(), actor(), campaign_id)


@route("GET", "/campaigns/<uuid:campaign_id>/tables", tag="campaigns", gives=TablesSchema)
def get_tables(campaign_id: uuid.UUID) -> dict[str, Any]:
    """Tell what every cell of every table counts, and the balance rules."""
    campaign = campaigns.get_campaign(db(), actor(), campaign_id)
    frozen = reporting.catalogue_of(db(), campaign)
    return {"facts": reporting.describe_facts(), "tables": reporting.describe_tables(frozen)}
