"""portal audit: verify the chain of the log, and write its heads to where others keep them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from portal.audit import heads, verifying
from portal.cli import edge
from portal.core.words import Words


@click.group("audit", cls=edge.Commands)
def command() -> None:
    """操作日志：核对、留存链头 / Verify the log, and keep the heads of its chains."""


@command.command("heads")
@edge.database_option
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="追加到这个文件，最好在另一台机器上 / append here; best on another machine.",
)
@edge.json_option
def keep(database: str | None, out: Path, *, as_json: bool) -> None:
    """留存链头 / Append the signed head of every tenant to a file."""
    with edge.open_session(database) as session:
        found = heads.signed(session)
        heads.append(out, found)
    public = heads.public_keys()[-1]
    edge.show(
        {"written": len(found), "key": public},
        as_json=as_json,
        words=Words(
            f"已留存 {len(found)} 个链头；验签公钥 {public}",
            f"{len(found)} heads kept; they are verified with the public key {public}",
        ),
    )


@command.command("verify")
@edge.database_option
@click.option(
    "--heads",
    "kept",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    multiple=True,
    help="留存的链头文件，可给多个 / a file of kept heads; may be given several times.",
)
@click.option("--key", multiple=True, help="另外信任的公钥 / a public key to trust as well.")
@edge.json_option
@click.pass_context
def verify(
    context: click.Context, database: str | None, kept: tuple[Path, ...], key: tuple[str, ...],
    *, as_json: bool,
) -> None:  # fmt: skip
    """核对日志 / Hash every entry again; say where the chain first diverges, and exit with 1."""
    with edge.open_session(database) as session:
        known = [head for file in kept for head in heads.read(file, also=key)]
        numbers = sorted({*verifying.tenants(session), *(head.tenant_id for head in known)})
        found = [
            verifying.verify(session, number, heads=[h for h in known if h.tenant_id == number])
            for number in numbers
        ]
    if as_json:
        edge.show([_told(outcome) for outcome in found])
    else:
        for outcome in found:
            edge.show(None, as_json=False, words=said(outcome))
    if not all(outcome.whole for outcome in found):
        context.exit(1)


def _told(outcome: verifying.Outcome) -> dict[str, Any]:
    return {
        "tenant": outcome.tenant_id, "whole": outcome.whole, "number": outcome.number,
        "hash": outcome.hash.hex(), "diverges_at": outcome.diverges_at, "words": outcome.words,
    }  # fmt: skip


def said(outcome: verifying.Outcome) -> Words:
    """Return what came of verifying one tenant, as a sentence."""
    if outcome.words is None:
        return Words(
            f"单位库 {outcome.tenant_id}：链完整，至第 {outcome.number} 条",
            f"Tenant {outcome.tenant_id}: the chain is whole up to number {outcome.number}",
        )
    return Words(
        f"单位库 {outcome.tenant_id}：第 {outcome.diverges_at} 条起不可信，{outcome.words.zh}。"
        "请保留现场，用最近的备份比对",
        f"Tenant {outcome.tenant_id}: not to be trusted from number {outcome.diverges_at} on: it "
        f"{outcome.words.en}. Leave everything as it is, and compare with the last backup",
    )
