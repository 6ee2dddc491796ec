"""portal purge: what is past its time, and sweeping what needs nobody's leave."""

from __future__ import annotations

from collections import Counter

import click

from portal.cli import edge
from portal.core.database import transaction
from portal.core.words import Words
from portal.privacy import service as privacy


@click.group("purge")
def command() -> None:
    """到期销毁 / What is past its time: list, propose, run, sweep."""


@command.command("list")
@edge.database_option
@edge.tenant_option
@edge.json_option
def list_(database: str | None, tenant: int | None, as_json: bool) -> None:
    """列出到期的内容，不动任何数据 / List what is past its time; nothing is touched.

    JSON keys: due (by kind), kept ({reason: number}), ids ([{kind, id, kept}]).
    """
    with edge.open_session(database) as session:
        found = privacy.look(session, edge.operator(session, tenant))
    ready = Counter(each.kind for each in found if each.why is None)
    kept = Counter(each.why for each in found if each.why is not None)
    answer = {
        "due": dict(ready),
        "kept": {str(why): n for why, n in kept.items()},
        "ids": [{"kind": each.kind, "id": each.id, "kept": each.why} for each in found],
    }
    words = Words(
        "；".join(f"{privacy.CLOCKS[kind].words.zh} {n}" for kind, n in ready.items())
        or "没有到期的内容",
        "; ".join(f"{privacy.CLOCKS[kind].words.en} {n}" for kind, n in ready.items())
        or "nothing is past its time",
    )
    edge.show(answer, as_json=as_json, words=words)


@command.command("propose")
@edge.database_option
@edge.tenant_option
@edge.json_option
def propose(database: str | None, tenant: int | None, as_json: bool) -> None:
    """提出销毁清单 / Propose a purge; the security administrator approves it on the page.

    JSON keys: purge, counts.
    """
    with edge.open_session(database) as session:
        with transaction(session):
            purge = privacy.propose(session, edge.operator(session, tenant))
        answer = {"purge": purge.id, "counts": purge.counts}
    words = Words(
        "已提出，请安全保密管理员在“到期销毁”页批准", "Proposed; the security administrator decides"
    )
    edge.show(answer, as_json=as_json, words=words)


@command.command("run")
@edge.database_option
@edge.tenant_option
@edge.json_option
def run(database: str | None, tenant: int | None, as_json: bool) -> None:
    """办完已批准的清单 / Carry out what was approved, if its job was interrupted.

    JSON keys: destroyed, kept.
    """
    destroyed = kept = 0
    with edge.open_session(database) as session:
        actor = edge.operator(session, tenant)
        for purge in privacy.list_purges(session, actor):
            if purge.stage != privacy.Stage.APPROVED.value:
                continue
            dealt_with, purge_id = 1, purge.id
            while dealt_with:
                with transaction(session):
                    dealt_with = privacy.carry_out_batch(session, actor, purge_id)
            destroyed, kept = destroyed + purge.destroyed, kept + purge.kept
    answer = {"destroyed": destroyed, "kept": kept}
    words = Words(f"已销毁 {destroyed}，保留 {kept}", f"{destroyed} destroyed, {kept} kept")
    edge.show(answer, as_json=as_json, words=words)


@command.command("sweep")
@edge.database_option
@edge.tenant_option
@edge.json_option
def sweep(database: str | None, tenant: int | None, as_json: bool) -> None:
    """清理到期的文件、通知等，每天运行 / Sweep files, notices, jobs past their time, every day.

    JSON keys: upload, reveal, notice, job, stray_files.
    """
    answer = dict.fromkeys(privacy.SWEPT, 0)
    with edge.open_session(database) as session:
        actor = edge.operator(session, tenant)
        for kind in privacy.SWEPT:
            done = 1
            while done:
                with transaction(session):
                    done = privacy.sweep_batch(session, actor, kind)
                answer[kind] += done
        answer["stray_files"] = privacy.remove_stray_files(session)
    words = Words(f"已清理 {sum(answer.values())} 项", f"{sum(answer.values())} things were swept")
    edge.show(answer, as_json=as_json, words=words)
