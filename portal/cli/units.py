"""portal units: the tree of units, from a file and to look at."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path

import click

from portal.cli import edge
from portal.core.database import transaction
from portal.core.words import Words
from portal.organizations import service as organizations


@click.group("units")
def command() -> None:
    """组织树 / The tree of units."""


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@edge.database_option
@click.option(
    "--tenant",
    type=click.IntRange(min=1),
    default=None,
    help="单位库编号；新建时缺省为 1 / number of the tenant; a new one gets 1 by default.",
)
@click.option("--name", default="", help="单位库名称 / name of the tenant.")
@edge.json_option
def import_(file: Path, database: str | None, tenant: int | None, name: str, as_json: bool) -> None:
    """从文件导入组织树 / Plant or extend the tree from FILE.

    FILE is a CSV with the columns code,name,level,parent (children may come before their
    parents), or a workbook of branches with headers such as 党支部名称 and 所属分党委编码.
    Units that stand already, by their code, are left as they are. JSON keys: tenant, rows, added,
    unchanged, kinds, unknown_columns, differing.
    """
    read = organizations.read(edge.read_file(file), file.name)
    with edge.open_session(database) as session:
        numbers = [each.id for each in organizations.list_tenants(session)]
        chosen = tenant or (numbers[0] if len(numbers) == 1 else None)
        if chosen is None:
            chosen = 1 if not numbers else edge.tenant_of(session, None)
        with transaction(session):
            outcome = organizations.import_tree(
                session, edge.acting(session, chosen), read.rows, name=name
            )
        answer = {
            "tenant": chosen,
            "rows": len(read.rows),
            "added": outcome.added,
            "unchanged": outcome.unchanged,
            "kinds": dict(outcome.kinds),
            "unknown_columns": read.unknown,
            "differing": [asdict(problem) for problem in outcome.differing],
        }
    edge.show(
        answer,
        as_json=as_json,
        words=Words(
            f"已导入 {outcome.added} 个组织，{outcome.unchanged} 个原样未动，"
            f"{len(outcome.differing)} 处与现有组织不一致（未改动）",
            f"{outcome.added} units planted, {outcome.unchanged} left as they stand, "
            f"{len(outcome.differing)} differences told and not done",
        ),
    )
    if not as_json:
        for problem in outcome.differing:
            click.echo(f"{problem.where}: {problem.words}")


@command.command("list")
@click.option("--below", "code", default=None, help="只列这个编码及其下级 / this unit and below.")
@click.option("--kind", default=None, help="只列这个层级 / only this level.")
@edge.database_option
@edge.tenant_option
@edge.json_option
def list_(
    code: str | None, kind: str | None, database: str | None, tenant: int | None, as_json: bool
) -> None:
    """列出组织 / List units: code, level, name, path. JSON: a list of objects with those keys."""
    with edge.open_session(database) as session:
        actor = edge.operator(session, tenant)
        below = organizations.get_unit_by_code(session, actor, code).path if code else None
        found = organizations.list_units(session, actor, below=below, kind=kind, limit=None)
        rows = [
            {"code": unit.code, "kind": unit.kind, "name": unit.name, "path": unit.path}
            for unit in found
        ]
    if as_json:
        edge.show(rows)
        return
    for row in rows:
        click.echo("\t".join(row.values()))
    counts = Counter(row["kind"] for row in rows)
    click.echo("  ".join(f"{kind} {count}" for kind, count in sorted(counts.items())), err=True)
