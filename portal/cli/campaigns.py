"""portal campaigns: open one, and see which there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from portal.campaigns import service as campaigns
from portal.campaigns import template
from portal.cli import edge
from portal.core.database import transaction
from portal.core.errors import NotFound
from portal.core.words import Words
from portal.organizations import service as organizations
from portal.reporting import service as reporting

if TYPE_CHECKING:
    from datetime import datetime


@click.group("campaigns")
def command() -> None:
    """排查批次 / Campaigns."""


@command.command("open")
@click.argument("plan", metavar="TEMPLATE", type=click.Choice(template.shipped()))
@click.option(
    "--starts-on", required=True, type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD",
    help="从哪天开始；各级期限由此推算 / its first day, from which all deadlines follow.",
)  # fmt: skip
@click.option("--code", default="", help="批次代码；缺省为模板名加年份 / its code.")
@click.option("--title", default="", help="名称 / its title.")
@click.option(
    "--cut-off", default=None, type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD",
    help="统计截止日；缺省为支部期限 / the day to which months are counted.",
)  # fmt: skip
@edge.database_option
@edge.tenant_option
@edge.json_option
def open_(
    plan: str, starts_on: datetime, code: str, title: str, cut_off: datetime | None,
    database: str | None, tenant: int | None, as_json: bool,
) -> None:  # fmt: skip
    """启动一个批次 / Open a campaign from TEMPLATE in the whole tree.

    Every audited member gets a record, every unit gets what it owes. JSON keys: code, title,
    starts_on, cut_off.
    """
    with edge.open_session(database) as session:
        actor = edge.operator(session, tenant)
        with transaction(session):
            root = organizations.get_root(session, actor.tenant_id)
            campaign = reporting.open_campaign(
                session, actor, root, plan, code=code or f"{plan}-{starts_on.year}",
                starts_on=starts_on.date(), title=title,
                cut_off=cut_off.date() if cut_off else None,
            )  # fmt: skip
        answer = {
            "code": campaign.code, "title": campaign.title, "starts_on": campaign.starts_on,
            "cut_off": campaign.cut_off,
        }  # fmt: skip
    words = Words(f"已启动“{answer['title']}”", f"“{answer['title']}” has been opened")
    edge.show(answer, as_json=as_json, words=words)


@command.command("close")
@click.argument("code")
@edge.database_option
@edge.tenant_option
@edge.json_option
def close_(code: str, database: str | None, tenant: int | None, as_json: bool) -> None:
    """结束一个批次 / Close the campaign CODE. JSON keys: code, closed_at."""
    with edge.open_session(database) as session:
        actor = edge.operator(session, tenant)
        with transaction(session):
            found = campaigns.find_campaign(session, actor.tenant_id, code)
            if found is None:
                raise NotFound(campaigns.CAMPAIGN)
            closed = campaigns.close(session, actor, found)
        answer = {"code": closed.code, "closed_at": closed.closed_at}
    edge.show(answer, as_json=as_json, words=Words(f"已结束“{code}”", f"“{code}” is closed"))


@command.command("list")
@edge.database_option
@edge.tenant_option
@edge.json_option
def list_(database: str | None, tenant: int | None, as_json: bool) -> None:
    """列出批次 / List campaigns, the newest first. JSON: code, title, state, starts_on, cut_off."""
    with edge.open_session(database) as session:
        actor = edge.operator(session, tenant)
        rows = [
            {
                "code": each.code, "title": each.title, "state": each.state,
                "starts_on": each.starts_on, "cut_off": each.cut_off,
            }
            for each in campaigns.list_campaigns(session, actor)
        ]  # fmt: skip
    if as_json:
        edge.show(rows)
        return
    for row in rows:
        click.echo("\t".join(str(value) for value in row.values()))
