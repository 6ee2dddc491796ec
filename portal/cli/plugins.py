"""portal plugin: which there are, where they hold, and the beginning of a new one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from portal.cli import edge, skeletons
from portal.core.database import transaction
from portal.core.words import Words
from portal.organizations import service as organizations
from portal.screening import facts, plugins, switching

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.screening.switching import Effect


@click.group("plugin")
def command() -> None:
    """行业插件 / Plugins."""


@command.command("list")
@edge.database_option
@edge.tenant_option
@edge.json_option
def list_(database: str | None, tenant: int | None, as_json: bool) -> None:
    """列出插件和开关 / List the plugins installed, and where each is switched.

    JSON keys: name, title, version, module, sectors, groups [{code, title, source}], situations
    [{number, title, measure, proposed}], switches [{unit, on}].
    """
    with edge.open_session(database) as session:
        rows = _listed(session, edge.operator(session, tenant))
    if as_json:
        edge.show(rows)
        return
    for row in rows:
        places = [f"{each['unit']}{'+' if each['on'] else '-'}" for each in row["switches"]]
        click.echo("\t".join([row["name"], row["version"], str(row["title"]), " ".join(places)]))


def _listed(session: Session, actor: Actor) -> list[dict[str, Any]]:
    offered = plugins.standard()
    codes = {u.path: u.code for u in organizations.list_units(session, actor, limit=None)}
    switched = organizations.switches(session, actor.tenant_id)
    return [
        {
            "name": name, "title": it.title, "version": it.version, "sectors": it.sectors,
            "module": offered.modules[name],
            "groups": [
                {"code": group.code, "title": group.title, "source": group.source}
                for group in offered.groups[name]
            ],
            "situations": [
                {
                    "number": each.number, "title": each.title, "measure": each.advice.measure,
                    "proposed": each.when is not None,
                }
                for each in offered.situations[name]
            ],
            "switches": [
                {"unit": codes[path], "on": here[name]}
                for path, here in sorted(switched.items())
                if name in here and path in codes
            ],
        }
        for name, it in sorted(offered.sectors.items())
    ]  # fmt: skip


@command.command("switch")
@click.argument("name", metavar="NAME")
@click.argument("state", metavar="on|off", type=click.Choice(["on", "off"]))
@click.option("--unit", "code", required=True, help="组织编码，含其下级 / the unit, and below.")
@click.option("--dry-run", is_flag=True, help="只说会涉及多少，不改动 / say what it would touch.")
@edge.database_option
@edge.tenant_option
@edge.json_option
def switch(
    name: str, state: str, code: str, dry_run: bool, database: str | None, tenant: int | None,
    as_json: bool,
) -> None:  # fmt: skip
    """打开或关闭插件 / Switch plugin NAME on or off at a unit and below; logged.

    What people confirmed stays. JSON keys: plugin, unit, on, done, units, people, proposals.
    """
    on = state == "on"
    with edge.open_session(database) as session:
        actor = edge.operator(session, tenant)
        with transaction(session):
            unit = organizations.get_unit_by_code(session, actor, code)
            change = switching.preview_switch if dry_run else switching.switch_plugin
            effect = change(session, actor, unit, name, on=on)
        answer = {
            "plugin": name, "unit": unit.code, "on": on, "done": not dry_run,
            "units": effect.units, "people": effect.people, "proposals": effect.proposals,
        }  # fmt: skip
    edge.show(answer, as_json=as_json, words=_words(effect, code, on=on, dry_run=dry_run))


def _words(effect: Effect, code: str, *, on: bool, dry_run: bool) -> Words:
    done = ("会", "would be switched") if dry_run else ("已", "switched")
    which = ("打开", "on") if on else ("关闭", "off")
    asked = effect.proposals or 0
    return Words(
        f"{done[0]}在 {code} {which[0]}：涉及 {effect.units} 个组织、{effect.people} 名党员，"
        f"{asked} 名党员的建议有变化",
        f"{done[1]} {which[1]} at {code}: {effect.units} units, {effect.people} members,"
        f" something else is proposed for {asked}",
    )


@command.command("new")
@click.argument("name", metavar="NAME")
@click.option(
    "--sector", "sectors", multiple=True, default=("3",), show_default=True,
    type=click.Choice(sorted(facts.FACTS["sector"].values)),
    help="党组织类别，可重复 / the sectors it looks after.",
)  # fmt: skip
@click.option(
    "--into", default=Path(), type=click.Path(path_type=Path, file_okay=False),
    help="写到哪个文件夹；缺省为当前 / the folder to write to.",
)  # fmt: skip
@edge.json_option
def new(name: str, sectors: tuple[str, ...], into: Path, as_json: bool) -> None:
    """写一个新插件的骨架 / Write the skeleton of a plugin, with a test that passes.

    NAME is in kebab-case, such as sea-fishing. JSON keys: folder, files.
    """
    folder, files = skeletons.write(name, sorted(set(sectors)), into)
    edge.show(
        {"folder": folder, "files": files}, as_json=as_json,
        words=Words(
            f"已写好 {folder}。请改里面的规则，再用 pip install {folder} 装上，重启",
            f"Written: {folder}. Change its rules, pip install {folder}, and restart",
        ),
    )  # fmt: skip
