"""portal keys: which keys and ciphers are in use, and sealing everything anew with a new key."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING

import click

from portal.cli import edge
from portal.core import crypto
from portal.core.database import transaction
from portal.core.errors import OutOfTurn
from portal.core.words import Words
from portal.organizations import service as organizations
from portal.privacy import service as privacy
from portal.settings import FIRST_KEY

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session


@click.group("keys")
def command() -> None:
    """主密钥 / Master keys: list, new, rotate, drop."""


def _tenants(session: Session) -> list[int]:
    return [tenant.id for tenant in organizations.list_tenants(session)]


@command.command("list")
@edge.database_option
@edge.json_option
def list_(database: str | None, as_json: bool) -> None:
    """列出哪些列用哪个密钥加密 / List which column is sealed with which key, and how many values.

    JSON: a list of {tenant, place, key, suite, values, newest}.
    """
    with edge.open_session(database) as session:
        rows = [
            {
                "tenant": tenant, "place": use.place, "key": use.key, "suite": use.suite,
                "values": use.values, "newest": use.newest,
            }
            for tenant in _tenants(session)
            for use in privacy.inventory(session, edge.acting(session, tenant))
        ]  # fmt: skip
    if as_json:
        edge.show(rows)
        return
    for row in rows:
        click.echo("\t".join(str(value) for value in row.values()))


@command.command("new")
@click.argument("name", metavar="NAME")
@edge.database_option
def new(name: str, database: str | None) -> None:
    """在密钥文件最前面加一把新密钥 / Put a new key NAME (four letters) first in the key file.

    The old ones stay behind it and open what they sealed. Then run portal keys rotate.
    """
    url = edge.database_url(database)
    file = edge.settings_for(url).data_dir / "master.key"
    if edge.settings_for(url).master_key.get_secret_value() or not file.is_file():
        raise OutOfTurn(
            Words(
                "主密钥写在 PORTAL_MASTER_KEY 里。请在它最前面加上 名称:密钥 和逗号，再重启",
                "The keys stand in PORTAL_MASTER_KEY. Put NAME:KEY and a comma before them there, "
                "and start again",
            )
        )
    with edge.open_session(database):
        old = crypto.ring()
    key = secrets.token_bytes(crypto.MASTER_BYTES)
    if name in old.names:
        raise OutOfTurn(Words(f"已有名叫 {name} 的主密钥", f"There is a key {name} already"))
    try:
        crypto.Keyring({name: key})
    except ValueError as wrong:
        raise OutOfTurn(
            Words("名称须是四个字母或数字", "A name has four letters or digits")
        ) from wrong
    _write(file, f"{name}:{base64.b64encode(key).decode()}")
    words = Words(
        f"已加上 {name}。请重启门户，再运行 portal keys rotate，并另存一份密钥文件",
        f"{name} was added. Start the portal again, run portal keys rotate, and keep a copy",
    )
    edge.show(None, as_json=False, words=words)


def _write(file: Path, line: str) -> None:
    """Put a line first, by a file beside it: a crash must not lose the keys there are."""
    beside = file.with_suffix(".new")
    beside.touch(mode=0o600)
    old = file.read_text().strip()
    beside.write_text(f"{line}\n{old if ':' in old else f'{FIRST_KEY}:{old}'}\n")
    beside.replace(file)


@command.command("rotate")
@click.option("--batch", type=click.IntRange(min=1), default=500, help="每批行数 / rows a batch.")
@edge.database_option
@edge.json_option
def rotate(batch: int, database: str | None, as_json: bool) -> None:
    """用最新的密钥重新加密 / Seal everything anew with the newest key and suite.

    May be stopped at any moment and run again: it goes on where it was. The portal stays in use.
    JSON keys: key, values.
    """
    total = 0
    with edge.open_session(database) as session:
        for tenant in _tenants(session):
            actor = edge.acting(session, tenant)
            while True:
                with transaction(session):
                    step = privacy.rotate_batch(session, actor, batch)
                session.expunge_all()
                if step is None:
                    break
                total += step[1]
                click.echo(f"{tenant} {step[0]} +{step[1]}", err=True)
        newest = crypto.ring().newest
    words = Words(
        f"全部密文已用 {newest}，本次重新加密 {total} 行",
        f"All is sealed with {newest}; {total} rows anew",
    )
    edge.show({"key": newest, "values": total}, as_json=as_json, words=words)


@command.command("drop")
@click.argument("name", metavar="NAME")
@edge.database_option
def drop(name: str, database: str | None) -> None:
    """停用一把旧密钥 / Forget the old key NAME once nothing is sealed with it.

    Then take it out of PORTAL_MASTER_KEY or of the key file.
    """
    with edge.open_session(database) as session, transaction(session):
        tenants = _tenants(session)
        privacy.drop(session, edge.acting(session, tenants[0] if tenants else 0), name, tenants)
    words = Words(
        f"数据库不再需要 {name}。请把它从 PORTAL_MASTER_KEY 或密钥文件里删去",
        f"The database needs {name} no more. Take it out of PORTAL_MASTER_KEY or the key file",
    )
    edge.show(None, as_json=False, words=words)
