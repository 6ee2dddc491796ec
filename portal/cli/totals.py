"""portal totals: the three totals of a table at one unit."""

from __future__ import annotations

import click

from portal.cli import chosen, edge
from portal.core.words import Words
from portal.organizations import service as organizations
from portal.reporting import service as reporting


@click.command("totals")
@click.option("--unit", "unit_code", required=True, metavar="CODE", help="组织编码 / its code.")
@click.option("--table", "table", required=True, metavar="CODE", help="表号，t7 或 表7 / t7.")
@chosen.campaign_option
@edge.database_option
@edge.tenant_option
@edge.json_option
def command(
    unit_code: str, table: str, campaign_code: str, database: str | None, tenant: int | None,
    as_json: bool,
) -> None:  # fmt: skip
    """查一个单位的汇总数 / Tell the totals of one table at one unit.

    JSON:

    \b
    cells     {"01.11": {reported, accepted, recognised}}, in persons
      reported    of the units at or below this one, as last filed
      accepted    of the direct subordinates' filings that this unit has accepted
      recognised  the same once it is accepted all the way up to the root
    coverage  {units, filed, accepted, late, missing, exempt}: units strictly below
              (a unit with none below: itself)
    """  # noqa: D301  click wants the character itself
    with edge.open_session(database) as session:
        actor = edge.operator(session, tenant)
        campaign = chosen.campaign_of(session, actor, campaign_code)
        unit = organizations.get_unit_by_code(session, actor, unit_code)
        totals = reporting.totals(session, actor, campaign, unit.path)
        cells, coverage = totals.of_table(table), totals.coverage
    if as_json:
        edge.show({"cells": cells, "coverage": coverage.to_json()})
        return
    for cell, figures in cells.items():
        click.echo("\t".join([cell, *map(str, figures.values())]))
    words = Words(
        f"{coverage.units} 个单位，已报 {coverage.filed}，逾期 {coverage.late}",
        f"{coverage.filed} of {coverage.units} units filed, {coverage.late} late",
    )
    click.echo(str(words), err=True)
