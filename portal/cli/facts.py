"""portal facts: what is counted, person by person and without names."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import click

from portal.cli import chosen, edge
from portal.core.database import transaction
from portal.core.errors import Invalid, Problem
from portal.core.words import Words
from portal.screening import extract

if TYPE_CHECKING:
    from collections.abc import Iterable


@click.group("facts")
def command() -> None:
    """逐人事实 / The facts behind every figure."""


@command.command("export")
@click.option(
    "--out", "out", required=True, type=click.Path(path_type=Path, dir_okay=False),
    help="写到哪个文件 / the CSV file to write.",
)  # fmt: skip
@chosen.campaign_option
@edge.database_option
@edge.tenant_option
@edge.json_option
def export(
    out: Path, campaign_code: str, database: str | None, tenant: int | None, as_json: bool
) -> None:
    """导出去标识的逐人事实 / Write one row per audited member to a CSV file (UTF-8); logged.

    There is no name in it. Columns:

    \b
    person   UUID of the member's record in this campaign
    unit     code of the member's unit
    path     codes of the units from the root down, joined by /
    then every fact that `portal tables --json` describes under "facts":
      flag    true or false
      number  digits; empty if not known
      code    one of its values; empty if none applies
      list    values joined by |

    JSON keys: file, rows, campaign.
    """  # noqa: D301  click wants the character itself
    with edge.open_session(database) as session:
        actor = edge.operator(session, tenant)
        with transaction(session):
            campaign = chosen.campaign_of(session, actor, campaign_code)
            total = _write(out, extract.rows(session, actor, campaign))
        answer = {"file": out, "rows": total, "campaign": campaign.code}
    words = Words(f"已写出 {total} 人到 {out}", f"{total} persons written to {out}")
    edge.show(answer, as_json=as_json, words=words)


def _write(out: Path, rows: Iterable[tuple[str, ...]]) -> int:
    """Write the rows, readable by this user only; a file half-written never takes the name."""
    part = out.with_name(f"{out.name}.part")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            total = sum(1 for row in rows if writer.writerow(row)) - 1
        part.replace(out)
    except OSError as error:
        words = Words(
            f"写不了这个文件（{error.strerror}），没有导出。请换一个位置",
            f"cannot be written ({error.strerror}); nothing was exported. Choose another place",
        )
        raise Invalid(Problem(str(out), words, "file")) from error
    return total
