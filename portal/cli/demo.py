"""portal demo: a city of made-up people in the middle of its campaign, served on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from portal import rehearsal
from portal.cli import edge
from portal.cli.database import set_up
from portal.organizations import service as organizations
from portal.rehearsal.demo import Demo
from portal.rehearsal.logins import Login

if TYPE_CHECKING:
    from portal.access import Role

TREE = Path(rehearsal.__file__).parent / "divisions.csv"
TENANT = 1


@click.command("demo")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--serve/--no-serve",
    default=True,
    show_default=True,
    help="Serve it on 127.0.0.1 once it is built.",
)
@click.option(
    "--tree",
    default=TREE,
    type=click.Path(exists=True, path_type=Path),
    help="CSV with code,name,level,parent; the default is one real city's divisions.",
)
@click.option("--members", default=10_000, show_default=True, type=click.IntRange(1, 500_000))
@click.option(
    "--data",
    default=Path("build/demo"),
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Database, keys and accounts; an existing demo there is served as it is.",
)
def command(port: int, *, serve: bool, tree: Path, members: int, data: Path) -> None:
    """演示：建一个演练租户并打开网页 / Build a demo tenant and serve it on 127.0.0.1.

    Everybody in it is made up. The accounts are printed, one per role.
    """
    folder = data.absolute()
    url = f"sqlite:///{folder / 'portal.db'}"
    accounts = folder / "accounts.json"
    os.environ |= {
        "PORTAL_DATA_DIR": str(folder),
        "PORTAL_DATABASE": url,
        "PORTAL_SECURE_COOKIES": "false",
        "PORTAL_SECOND_FACTOR": "false",
    }
    if not accounts.exists():
        _build(folder, url, tree, members, accounts)
    _print([Login(**login) for login in json.loads(accounts.read_text(encoding="utf-8"))], port)
    if serve:
        _serve(port)


def _build(folder: Path, url: str, tree: Path, members: int, accounts: Path) -> None:
    """Build the demo; a build that was broken off before is built anew."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "portal.db").unlink(missing_ok=True)
    set_up(url)
    rows = organizations.read(edge.read_file(tree), tree.name).rows
    method = edge.keys_in_place(url).password_method
    with edge.open_session(url) as session:
        demo = Demo(session, TENANT, members, method)
        logins = demo.build(rows, lambda line: click.echo(line, err=True))
    accounts.touch(mode=0o600)
    accounts.write_text(json.dumps([asdict(login) for login in logins], ensure_ascii=False))


def _print(logins: list[Login], port: int) -> None:
    table = Table(title=f"http://127.0.0.1:{port}/  演示账号 / demo accounts")
    for heading in ("岗位", "post", "单位 / unit", "账号 / user", "密码 / password"):
        table.add_column(heading, no_wrap=True)
    for login in logins:
        words = organizations.ROLES[_role(login)]
        table.add_row(words.zh, words.en, login.unit, login.username, login.password)
    Console(width=130).print(table)


def _role(login: Login) -> Role:
    return type(next(iter(organizations.ROLES)))(login.role)


def _serve(port: int) -> None:
    """Serve until interrupted; one process, several threads, and the jobs in one of them."""
    server = [sys.executable, "-m", "waitress", f"--listen=127.0.0.1:{port}", "portal.wsgi:app"]
    try:
        subprocess.run(server, check=True)  # noqa: S603  our own interpreter and our own module
    except KeyboardInterrupt:
        click.echo("")
