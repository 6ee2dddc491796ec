"""Which campaign a command means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from portal.campaigns import service as campaigns
from portal.core.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.campaigns.models import Campaign

F = TypeVar("F", bound="Callable[..., Any]")


def campaign_option(function: F) -> F:
    """Add ``--campaign CODE``; without it the one under way."""
    return click.option(
        "--campaign",
        "campaign_code",
        metavar="CODE",
        default="",
        help="批次代码；缺省为正在进行的一次 / code of the campaign; default: the one under way.",
    )(function)


def campaign_of(session: Session, actor: Actor, code: str) -> Campaign:
    """Return the campaign named, or the one under way.

    Raises:
        NotFound: there is none such.
    """
    if not code:
        return campaigns.get_current(session, actor.tenant_id)
    found = campaigns.find_campaign(session, actor.tenant_id, code)
    if found is None:
        raise NotFound(campaigns.CAMPAIGN)
    return found
