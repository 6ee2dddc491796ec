"""portal sweep: remove uploads and exports that are past their time."""

from __future__ import annotations

import click

from portal import upkeep
from portal.cli import edge
from portal.core.database import transaction
from portal.core.words import Words


@click.command("sweep")
@edge.database_option
@edge.json_option
def command(database: str | None, as_json: bool) -> None:
    """清除到期的上传和导出文件 / Remove files past their time, and what a crash left.

    Uploads are kept for 30 days, exports for 24 hours; their records stay. Whoever does the jobs
    does this every hour; the command does it at once.
    JSON keys: uploads, exports.
    """
    with edge.open_session(database) as session, transaction(session):
        removed = upkeep.sweep(session)
    words = Words(
        "清除上传 {uploads} 个、导出 {exports} 个".format(**removed),
        "removed {uploads} uploads and {exports} exports".format(**removed),
    )
    edge.show(removed, as_json=as_json, words=words)
