"""What a unit owes, as rows of a task list: state, how far it has come, what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import url_for

from portal.core import tree
from portal.core.words import Words
from portal.reporting.models import State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from portal.campaigns.template import Deliverable
    from portal.extension.contracts import Table
    from portal.reporting.models import Remark, Return
    from portal.screening.service import Progress

CONTINUE = Words("继续", "Continue")
LOOK = Words("查看", "Look")
MEND = Words("修改", "Mend")
PREVIEW = Words("预览", "Preview")
DERIVED = {"t4": "t3", "t7": "screen"}
STATES = {
    State.FILED.value: "filed",
    State.TAKEN_UP.value: "reviewing",
    State.ACCEPTED.value: "accepted",
}


@dataclass(frozen=True, slots=True)
class Task:
    """One row: `state` is a word of the state chip, `chip` replaces its text."""

    code: Words
    title: Words
    reason: Words
    state: str
    verb: Words
    href: str
    done: int = 0
    whole: int = 0
    chip: Words | None = None

    @property
    def is_locked(self) -> bool:
        """Tell whether the row waits for another one."""
        return self.state == "locked"

    @property
    def is_settled(self) -> bool:
        """Tell whether nothing is left to do on it for now."""
        return self.state in {"filed", "reviewing", "accepted"}


@dataclass(frozen=True, slots=True)
class Owed:
    """Everything the rows are made of, for one unit."""

    title: Words
    tables: Sequence[Table]
    item: Return
    remarks: Sequence[Remark]
    progress: Progress
    accepted: int
    expected: int
    is_branch: bool
    missing_phones: int = 0
    floating_done: int = 0
    searched: int = 0


def screening_row(progress: Progress) -> Task:
    """Return the row of the screening itself."""
    parts = []
    if progress.open:
        parts.append(Words(f"还有 {progress.open} 人未查", f"{progress.open} not checked"))
    if progress.proposed:
        n = progress.proposed
        parts.append(Words(f"{n} 人的认定待确认", f"{n} findings to confirm"))
    reason = Words("，".join(p.zh for p in parts), ", ".join(p.en for p in parts))
    if not parts:
        reason = Words("全部查完", "Everybody is checked")
    begun = progress.screened or progress.explained
    state = "passed" if not progress.open else "open" if begun else "idle"
    done = progress.screened + progress.explained
    chip = Words("已查完", "Done") if not progress.open else None
    return Task(
        Words("排查", "Screen"), Words("逐人排查", "Screening"), reason, state,
        CONTINUE if progress.open else LOOK, url_for("screening.desk"), done, progress.total, chip,
    )  # fmt: skip


def table_rows(owed: Owed) -> list[Task]:
    """Return one row per official table of a branch, from the one return that carries them all.

    Above the branches the tables are sums that stand and fall together: one row.
    """
    if owed.is_branch:
        return [_table_row(owed, table) for table in owed.tables]
    state, reason, chip, verb = _state_of_sums(owed)
    return [
        Task(
            Words("表册", "Tables"), owed.title, reason, state, verb, url_for("submit.show"),
            owed.accepted, owed.expected, chip,
        )
    ]  # fmt: skip


def _state_of_sums(owed: Owed) -> tuple[str, Words, Words | None, Words]:
    if owed.item.state in STATES:
        return STATES[owed.item.state], filed_words(owed.item), None, LOOK
    if owed.item.state == State.RETURNED:
        n = sum(not remark.answer for remark in owed.remarks)
        return "returned", Words(f"退回，{n} 处批注待答", f"Returned, {n} remarks"), None, MEND
    waiting = owed.expected - owed.accepted
    if waiting:
        words = Words(f"还有 {waiting} 个下级没有通过", f"{waiting} subordinates not accepted")
        return "locked", words, None, PREVIEW
    return "open", Words("下级都已通过，可以上报", "All are accepted"), None, CONTINUE


def _table_row(owed: Owed, table: Table) -> Task:
    number = table.code[1:]
    code, href = Words(f"表{number}", f"T{number}"), url_for("submit.show", table=table.code)
    state, reason, chip, verb = _state_of_table(owed, table)
    done, whole = _progress_of_table(owed, table.code)
    return Task(code, table.title, reason, state, verb, href, done, whole, chip)


def _state_of_table(owed: Owed, table: Table) -> tuple[str, Words, Words | None, Words]:
    item = owed.item
    if item.state in STATES:
        return STATES[item.state], filed_words(item), None, LOOK
    if item.state == State.RETURNED:
        return _returned(owed, table.code)
    return _open(owed, table.code)


def filed_words(item: Return) -> Words:
    """Return when a return was handed in or decided."""
    if item.state == State.ACCEPTED and item.decided_at:
        day = item.decided_at
        top = item.parent_path == tree.ROOT
        said = Words("本级已形成汇总", "Closed here") if top else Words("上级通过", "accepted")
        return Words(f"{day:%m-%d} {said.zh}", f"{said.en} {day:%m-%d}")
    if item.state == State.TAKEN_UP:
        return Words("上级正在审核", "Being reviewed")
    return Words(f"第 {item.round} 次上报，待受理", f"Filing {item.round}, waiting")


def _returned(owed: Owed, code: str) -> tuple[str, Words, Words | None, Words]:
    here = [remark for remark in owed.remarks if remark.table == code]
    waiting = [remark for remark in here if not remark.answer]
    if waiting:
        n = len(waiting)
        words = Words(f"第 {owed.item.round} 轮退回，{n} 处批注", f"Returned, {n} remarks")
        return "returned", words, None, MEND
    if here:
        words = Words("批注都已答复，待重报", "All remarks answered, to be filed again")
        return "open", words, None, LOOK
    return "locked", Words("随退回的表一并重报", "Goes up again with the returned ones"), Words(
        "待重报", "With the rest"
    ), PREVIEW  # fmt: skip


def _open(owed: Owed, code: str) -> tuple[str, Words, Words | None, Words]:
    p = owed.progress
    said: Mapping[str, Words] = {
        "t1": Words(f"{owed.missing_phones} 人缺联系电话", f"{owed.missing_phones} without phone")
        if owed.missing_phones else Words("每人一张，由名册生成", "One each, from the roster"),
        "t2": Words("由名册生成", "Made from the roster"),
        "t3": Words(f"外出流动 {p.floating} 人", f"{p.floating} floating"),
        "t4": Words("由表3 推算", "Counted from table 3"),
        "t5": Words(f"取得联系 {p.found} 人", f"{p.found} found"),
        "t6": Words(f"失联 {p.lost} 人，仍在找 {p.lost - p.found - p.not_found} 人",
                    f"{p.lost} lost, {p.lost - p.found - p.not_found} searched for"),
        "t7": Words("逐人排查完成后自动生成", "Made when everybody is checked"),
    }  # fmt: skip
    if code == "t7" and p.open:
        return "locked", said[code], None, PREVIEW
    state = "open" if p.screened or p.explained else "idle"
    return state, said.get(code, Words("", "")), None, CONTINUE


def _progress_of_table(owed: Owed, code: str) -> tuple[int, int]:
    p = owed.progress
    return {
        "t1": (p.total - owed.missing_phones, p.total),
        "t2": (p.on_roll, p.on_roll),
        "t3": (owed.floating_done, p.floating),
        "t5": (p.found, p.found),
        "t6": (owed.searched, p.lost - p.found),
    }.get(code, (0, 0))


def report_row(item: Return, deliverable: Deliverable, now: datetime, *, remarks: int) -> Task:
    """Return the row of a deliverable that is a text."""
    href = url_for("submit.show", deliverable=item.deliverable)
    title, short = deliverable.title.words, deliverable.short.words
    if item.state in STATES:
        return Task(short, title, filed_words(item), STATES[item.state], LOOK, href)
    if item.state == State.RETURNED:
        reason = Words(f"退回，{remarks} 处批注", f"Returned, {remarks} remarks")
        return Task(short, title, reason, "returned", MEND, href)
    if item.due_at < now:
        reason = Words("期限已过，请尽快补报；补报会标逾期", "Past its date; file it soon")
        return Task(short, title, reason, "late", Words("补报", "File"), href)
    reason = Words("写好正文就可以上报", "Write the text and file it")
    return Task(short, title, reason, "idle", Words("去写", "Write"), href)
