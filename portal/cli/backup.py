"""portal backup and portal restore: one sealed file of everything, proved by restoring."""

from __future__ import annotations

from pathlib import Path

import click

from portal.backup import service as backups
from portal.cli import edge
from portal.cli.database import owner_url
from portal.core.words import Words
from portal.settings import Settings

_key_option = click.option(
    "--key-file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="备份口令所在的文件；缺省用 PORTAL_BACKUP_KEY / file with the passphrase.",
)


def _passphrase(file: Path | None) -> str:
    if file is None:
        return Settings().backup_key.get_secret_value()
    return edge.read_file(file).decode(errors="replace").strip()


@click.command("backup")
@edge.database_option
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@_key_option
@click.option(
    "--verify/--no-verify",
    default=True,
    help="恢复到临时库核对 / restore it into a scratch database and compare; the default.",
)
@click.option(
    "--scratch",
    metavar="URL",
    default=None,
    help="核对用的空库；缺省自建自删 / an empty database for that; else one is made.",
)
@edge.json_option
def command(
    database: str | None, out: Path, key_file: Path | None, scratch: str | None, *,
    verify: bool, as_json: bool,
) -> None:  # fmt: skip
    """备份 / Back up database, stored files and heads while the portal runs.

    The portal's own keys are not in it: keep them apart.
    """
    url = edge.database_url(database)
    with edge.open_session(url):
        data = edge.keys_in_place(url).data_dir
    made = backups.back_up(
        owner_url(url), data, out, _passphrase(key_file), prove=verify, scratch=scratch
    )
    proved = Words("，已恢复核对无误", ", restored and compared") if made.proved else Words("", "")
    edge.show(
        {"file": str(out), "rows": made.rows, "files": made.files, "verified": made.proved},
        as_json=as_json,
        words=Words(
            f"已备份到 {out}：{made.rows} 行，{made.files} 个文件{proved.zh}",
            f"Backed up to {out}: {made.rows} rows, {made.files} files{proved.en}",
        ),
    )


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@edge.database_option
@_key_option
@edge.json_option
def restoring(file: Path, database: str | None, key_file: Path | None, *, as_json: bool) -> None:
    """恢复 / Restore a backup into an empty database and an empty data folder."""
    url = edge.database_url(database)
    settings = edge.keys_in_place(url)
    made = backups.restore(file, _passphrase(key_file), owner_url(url), settings.data_dir)
    edge.show(
        {"rows": made.rows, "files": made.files, "verified": made.proved},
        as_json=as_json,
        words=Words(
            f"已恢复 {made.rows} 行、{made.files} 个文件，行数、日志链和密文都核对无误。"
            "请运行 portal setup 和 portal doctor",
            f"{made.rows} rows and {made.files} files restored; rows, chain and sealed fields "
            "hold. Run portal setup and portal doctor",
        ),
    )
