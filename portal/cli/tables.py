"""portal tables: what every cell of every table counts."""

from __future__ import annotations

import click

from portal.cli import chosen, edge
from portal.reporting import service as reporting


@click.command("tables")
@chosen.campaign_option
@edge.database_option
@edge.tenant_option
@edge.json_option
def command(campaign_code: str, database: str | None, tenant: int | None, as_json: bool) -> None:
    """列出表样、格的条件和平衡关系 / Tell what every cell of every table counts.

    JSON:

    \b
    campaign  {code, title}
    facts     [{name, kind: flag|code|number|list, words, values: {code: words}}],
              the columns of `portal facts export` after person, unit and path
    tables    [{code, number, title, register, rows, columns, fields, rules, cells}]
      rows, columns  [{code, path: [words, …]}], the header tree from the outside in
      fields         [{name, title}], the columns of a register
      cells          {"01.11": {condition, words}}; a register has one, "rows"
      rules          [{id, words, left, op: =|<=|>=, right, severity, source}]:
                     the sum of left (op) the sum of right; a term is table:cell, led by -
                     to subtract; severity is error, explain or hint
    condition {kind: always}
              {kind: is, fact, value}           the fact has this value
              {kind: one_of, fact, values}      or one of these
              {kind: between, fact, low, high}  both included, null is open; unknown is outside
              {kind: has, fact, value}          one of the values joined by |
              {kind: all|any, conditions}  {kind: not, condition}
    words     {zh, en}
    """  # noqa: D301  click wants the character itself
    with edge.open_session(database) as session:
        actor = edge.operator(session, tenant)
        campaign = chosen.campaign_of(session, actor, campaign_code)
        described = reporting.describe_tables(reporting.catalogue_of(session, campaign))
        answer = {
            "campaign": {"code": campaign.code, "title": campaign.title},
            "facts": reporting.describe_facts(),
            "tables": described,
        }
    if as_json:
        edge.show(answer)
        return
    for table in described:
        click.echo(f"{table['code']}\t{table['number']}\t{table['title']['zh']}")
