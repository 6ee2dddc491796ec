"""What one line of the screening list says of a record: the one thing to know, and its tone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal.core.words import Words
from portal.screening import facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portal.campaigns.template import CheckItem
    from portal.screening.models import Record

RESULTS: dict[str, tuple[str, str, Words]] = {
    "": ("", "circle", Words("未查", "not checked")),
    "ok": ("is-ok", "check-lg", Words("正常", "in order")),
    "doubt": ("is-err", "exclamation-lg", Words("有疑点", "in doubt")),
    "na": ("is-none", "dash-lg", Words("不适用", "not applicable")),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A chip: its tone, icon and words."""

    tone: str
    icon: str
    words: Words


def result(record: Record, code: str) -> str:
    """Return the result of one check: ok, doubt, na, or empty."""
    return str(record.checks.get(code, {}).get("result", ""))


def note(record: Record, code: str) -> str:
    """Return what was noted with one check."""
    return str(record.checks.get(code, {}).get("note", ""))


def of(record: Record, items: Sequence[CheckItem]) -> Verdict:
    """Return the chip of a record: what waits for a person first."""
    return _proposed(record) or _found(record) or _checked(record, items)


def proposals(record: Record) -> list[str]:
    """Return the findings that wait for a person, in their order."""
    return [name for name in record.proposal.split("|") if name]


def _proposed(record: Record) -> Verdict | None:
    waiting = proposals(record)
    if "lost" in waiting:
        n = record.months_lost
        words = Words(f"拟认定 失联 {n} 个月", f"Proposed: lost, {n} months")
        if not n:
            words = Words("拟认定 失联", "Proposed: lost")
        return Verdict("warn", "exclamation-triangle-fill", words)
    if "receipt" in waiting:
        words = Words("介绍信未收回执", "Letter without receipt")
        return Verdict("warn", "exclamation-triangle-fill", words)
    if waiting:
        kind = facts.FINDINGS[waiting[0]]
        return Verdict("now", "pencil-fill", Words(f"拟认定 {kind.zh}", f"Proposed: {kind.en}"))
    return None


def _found(record: Record) -> Verdict | None:
    if record.lost:
        return _lost(record)
    if record.nominal:
        settled = record.nominal == "settled"
        state = facts.FACTS["nominal"].values[record.nominal]
        words = Words(f"空挂，{state.zh}", f"Nominal, {state.en}")
        return Verdict("done" if settled else "warn", _icon(settled=settled), words)
    if record.receipt == "missing":
        words = Words("转出未收回执", "Sent off, no receipt")
        return Verdict("warn", "exclamation-triangle-fill", words)
    return None


def _lost(record: Record) -> Verdict:
    if record.outcome == "found":
        return Verdict("done", "check-lg", Words("失联，已取得联系", "Lost, found again"))
    n = record.months_lost
    state = Words("仍无法取得联系", "not found") if record.outcome else Words("查找中", "searching")
    words = Words(f"失联 {n} 个月，{state.zh}", f"Lost {n} months, {state.en}")
    return Verdict("warn", "exclamation-triangle-fill", words)


def _icon(*, settled: bool) -> str:
    return "check-lg" if settled else "exclamation-triangle-fill"


def _checked(record: Record, items: Sequence[CheckItem]) -> Verdict:
    doubts = [item.title for item in items if result(record, item.code) == "doubt"]
    if doubts:
        zh, en = "、".join(d.zh for d in doubts), ", ".join(d.en for d in doubts)
        words = Words(f"{zh}有疑点", f"In doubt: {en}")
        return Verdict("warn", "exclamation-triangle-fill", words)
    if record.screened:
        words = Words("流动", "Floating") if record.floating else Words("正常", "In order")
        return Verdict("done", "check-lg", words)
    done = sum(bool(result(record, item.code)) for item in items)
    if done:
        words = Words(f"已查 {done} / {len(items)} 项", f"{done} of {len(items)} checked")
        return Verdict("now", "pencil-fill", words)
    if record.explanation:
        return Verdict("wait", "chat-left-text", Words("未查，已说明", "Explained"))
    return Verdict("none", "dash-lg", Words("未查", "Not checked"))
