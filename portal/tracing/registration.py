"""《与党组织失去联系党员排查工作登记表》: the paper of one search (mission T5; scheme 3 二.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal import audit
from portal.audit import Act
from portal.documents.official import Mark
from portal.documents.paper import Box, Facts, Paper, Rows, write
from portal.members import codes
from portal.members import service as members
from portal.members.masking import masked_id, masked_phone
from portal.organizations import service as organizations
from portal.screening import facts
from portal.screening import service as screening
from portal.tracing import cases, confirming, contacts, outcomes

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.members.models import Member
    from portal.organizations.models import Unit
    from portal.screening.models import Record
    from portal.tracing.models import Case, Contact

TITLE = "与党组织失去联系党员排查工作登记表"
SIGNATURES = ("责任人", "党支部书记", "填表日期")


def registration(
    session: Session, actor: Actor, record_id: uuid.UUID, *,
    whole: bool, reason: str, by: str, at: datetime, export_id: str,
) -> bytes:  # fmt: skip
    """Return the paper of one search as docx; the ID number and the phone are masked.

    Args:
        session: the caller's session.
        actor: whoever may read the record.
        record_id: whose search.
        whole: the whole file, with every entry that was put right and every earlier outcome.
        reason: what for, as a code.
        by: who takes it away, in words.
        at: when, in the tenant's zone.
        export_id: the number under which the log has it.

    Raises:
        NotFound: the record is out of reach.
    """
    record = screening.get_record(session, actor, record_id)
    member = members.get_member(session, actor, record.member_id)
    unit = organizations.get_unit(session, actor, member.unit_id)
    case = cases.find_case(session, actor, record_id)
    log = contacts.list_contacts(session, actor, record_id)
    parts: list[Facts | Rows | Box] = [
        Facts(_person(record, member, unit)), _attempts(log, whole=whole), *_inquiry(case),
        Box("查找结果", _ending(record, case)),
    ]  # fmt: skip
    if whole:
        parts.append(_history(session, actor, record_id))
    parts += [Box("支部意见", ""), Box("基层党委意见", "")]
    audit.record(
        session, actor, Act.REPORT_EXPORT, record.path, f"record:{record.id}",
        table="registration", whole=whole, reason=reason, export=export_id,
    )  # fmt: skip
    paper = Paper(
        TITLE, f"填报单位（盖章）：{unit.full_name or unit.name}", parts, SIGNATURES,
        Mark(by, unit.name, at, export_id),
    )  # fmt: skip
    return write(paper)


def _person(record: Record, member: Member, unit: Unit) -> list[tuple[str, str]]:
    said = {name: codes.words(name, getattr(member, name))
            for name in ("gender", "ethnicity", "education", "standing")}  # fmt: skip
    circumstance = facts.say("circumstance", record.circumstance).zh
    note = f"（{record.lost_note}）" if record.lost_note else ""
    return [
        ("姓名", member.name),
        ("性别", _zh(said["gender"])),
        ("民族", _zh(said["ethnicity"])),
        ("出生年月", member.born.text if member.born else ""),
        ("学历", _zh(said["education"])),
        ("人员类别", _zh(said["standing"])),
        ("公民身份号码", masked_id(member.id_number)),
        ("联系电话", masked_phone(member.phone)),
        ("入党时间", member.joined.text if member.joined else ""),
        ("所在党支部", unit.name),
        ("最后联系", record.last_contact.text if record.last_contact else ""),
        ("失联时间", f"{record.months_lost} 个月"),
        ("失联情形", circumstance + note),
        ("本人意愿", record.wish),
    ]


def _zh(words: object) -> str:
    return getattr(words, "zh", "")


def _attempts(log: Sequence[Contact], *, whole: bool) -> Rows:
    replaced = {entry.corrects for entry in log if entry.corrects}
    shown = [entry for entry in reversed(log) if whole or entry.id not in replaced]
    return Rows(
        "联系查找经过",
        ("时间", "方式", "经过", "结果", "责任人"),
        [
            (
                entry.on.text,
                facts.CHANNELS[entry.channel].zh + ("（已更正）" if entry.id in replaced else ""),
                entry.course or "",
                facts.RESULTS[entry.result].zh,
                entry.responsible,
            )
            for entry in shown
        ],
        empty="还没有联系记录",
    )


def _inquiry(case: Case | None) -> list[Facts | Box]:
    answers = cases.answers_of(case) if case else {}
    pairs = [
        (question.words.zh, _zh(question.answers.get(answers.get(name, ""))))
        for name, question in confirming.QUESTIONS.items()
    ]
    by = f"{case.inquired_by} {case.inquired_on or ''}".strip() if case else ""
    return [
        Box("失联原因", (case.reason or "") if case else ""),
        Box("失联期间现实表现", (case.conduct or "") if case else ""),
        Facts([*pairs, ("查找责任人", case.responsible if case else ""), ("调查核实", by)]),
    ]


def _ending(record: Record, case: Case | None) -> str:
    outcome = facts.say("outcome", record.outcome).zh if record.outcome else "查找中"
    found = f"（{record.found_on.text}）" if record.found_on else ""
    way = confirming.WAYS.get(case.way) if case else None
    return outcome + found + (f"；{way.words.zh}：{way.leads.zh}" if way else "")


def _history(session: Session, actor: Actor, record_id: uuid.UUID) -> Rows:
    entries = outcomes.list_outcomes(session, actor, record_id)
    return Rows(
        "查找结果的变更",
        ("记录时间", "结果", "取得联系日期"),
        [
            (
                f"{entry.at:%Y-%m-%d}",
                facts.say("outcome", entry.outcome).zh,
                entry.found_on.text if entry.found_on else "",
            )
            for entry in reversed(entries)
        ],
    )
