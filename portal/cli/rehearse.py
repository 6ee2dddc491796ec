"""portal rehearse: play a whole campaign, for training and as proof."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from portal.campaigns import template
from portal.cli import edge
from portal.cli.database import set_up
from portal.core import clock
from portal.core.words import Words
from portal.organizations import service as organizations
from portal.rehearsal.play import STAGES, Play, Report, Script

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

REPORT_HELP = """The report is JSON with the keys

\b
units, members, filings, returned, refiled, accepted, late   counts
checks      {run, errors, explained}
root        {table: {cell: n}} of the topmost unit, as added up from the filings
recomputed  {table: {cell: n}} counted by another path, straight from the people's facts
equal       true when the two are the same
seconds     {stage: s}
"""


@click.command("rehearse", epilog=REPORT_HELP)
@click.argument("campaign", type=click.Choice(template.shipped()))
@click.option(
    "--tree",
    required=True,
    type=click.Path(exists=True, path_type=Path),
    help="CSV with code,name,level,parent, or a workbook of branches.",
)
@click.option(
    "--members",
    default=1000,
    show_default=True,
    type=click.IntRange(1, 2_000_000),
    help="How many made-up members (ID prefix 99).",
)
@click.option("--seed", default=1, show_default=True, help="The same seed plays the same play.")
@edge.database_option
@click.option(
    "--returns",
    default=0.1,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="Share of filings that are returned once.",
)
@click.option(
    "--late",
    default=0.05,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="Share of the branches that file after the deadline.",
)
@click.option(
    "--until",
    default=STAGES[-1],
    show_default=True,
    type=click.Choice(STAGES),
    help="Stop after this stage.",
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report here; otherwise it is printed.",
)
def command(
    campaign: str, tree: Path, members: int, seed: int, database: str | None, returns: float,
    late: float, until: str, report: Path | None,
) -> None:  # fmt: skip
    """演练：在一棵真实的组织树上把一次排查从头走到尾 / Play a campaign from end to end.

    Every act is done through the services by an actor with real scope, at every level. It takes a
    tenant of its own in the database, marked as practice. Exits with 1 when the totals differ.
    """
    url = edge.database_url(database)
    set_up(url)
    rows = organizations.read(edge.read_file(tree), tree.name).rows
    starts_on = clock.now().date().replace(month=11, day=1)
    script = Script(campaign, members, seed, returns, late, until, starts_on)
    with edge.open_session(url) as session:
        play = Play(session, _free_tenant(session), script)
        outcome = play.run(rows, lambda line: click.echo(line, err=True))
    written = json.dumps(outcome.to_json(), ensure_ascii=False, indent=2)
    if report is None:
        click.echo(written)
    else:
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(written + "\n", encoding="utf-8")
        _say(outcome)
    if not outcome.equal and until not in STAGES[:4]:
        raise SystemExit(1)


def _free_tenant(session: Session) -> int:
    return max((tenant.id for tenant in organizations.list_tenants(session)), default=0) + 1


def _say(outcome: Report) -> None:
    same = Words("一致", "equal") if outcome.equal else Words("不一致", "NOT equal")
    words = Words(
        f"演练完成：{outcome.units} 个单位、{outcome.members} 名党员、上报 {outcome.filings} 次、"
        f"退回 {outcome.returned} 次；汇总数与重新计数{same.zh}",
        f"Played: {outcome.units} units, {outcome.members} members, {outcome.filings} filings,"
        f" {outcome.returned} returned; totals and recount are {same.en}",
    )
    click.echo(str(words))
