"""portal exports: from a file that leaked to whoever took it away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from portal.cli import edge
from portal.core.database import transaction
from portal.core.errors import OutOfTurn
from portal.core.words import Words
from portal.exports import service as exporting
from portal.organizations import service as organizations
from portal.organizations.models import Account, Unit

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.exports.leak import Trail


@click.group("exports")
def command() -> None:
    """导出的文件 / Files that were taken away."""


@command.command("trace")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@edge.database_option
@edge.tenant_option
@edge.json_option
def trace(file: Path, database: str | None, tenant: int | None, as_json: bool) -> None:
    """从流出的文件查是谁导出的 / Find who exported a file that leaked; logged.

    Looks for the very file, for the number on it, for the number nobody sees, and for its cells.
    JSON keys: trails (number, by, unit, at, reason, how, share).
    """
    with edge.open_session(database) as session:
        actor = edge.operator(session, tenant)
        with transaction(session):
            trails = exporting.trace(session, actor, file.read_bytes(), file.name)
            told = [_told(session, trail) for trail in trails]
    if not told:
        raise OutOfTurn(
            Words(
                f"{file.name} 里没有找到导出编号，内容也对不上任何一次导出",
                f"{file.name} carries no number, and its content fits no export",
            )
        )
    edge.show({"trails": told}, as_json=as_json, words=_words(told))


def _told(session: Session, trail: Trail) -> dict[str, Any]:
    export = trail.export
    account = session.get(Account, export.by) if export.by else None
    unit = session.get_one(Unit, (export.tenant_id, export.unit_id))
    zone = organizations.zone_of(session, export.tenant_id)
    return {
        "number": export.number,
        "by": account.username if account else "operator",
        "name": account.full_name if account else "运维人员",
        "unit": unit.full_name or unit.name,
        "at": export.at.astimezone(zone).isoformat(timespec="seconds"),
        "reason": export.reason,
        "how": trail.by,
        "why": str(trail.words),
        "share": round(trail.share, 3),
    }


def _words(told: list[dict[str, Any]]) -> Words:
    lines = [
        "{number}  {name}（{by}）  {unit}  {at}  {why}  {share:.0%}".format(**each) for each in told
    ]
    return Words("\n".join(lines), "\n".join(lines))
