"""Screening members one by one: checks, evidence, findings, explanations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, select

from portal import access, audit
from portal.access import Action
from portal.audit import Act
from portal.core import clock
from portal.core.errors import Invalid, NotFound, Overtaken, Problem
from portal.core.words import Words
from portal.organizations import service as organizations
from portal.screening import enrolment, facts, plugins, worklist
from portal.screening.models import Record

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.campaigns.models import Campaign
    from portal.core.precision import Day

RECORD = Words("排查记录", "screening record")
RESULTS = ("ok", "doubt", "na")

enrol = enrolment.enrol
follow = enrolment.follow
ask_plugins_again = enrolment.ask_plugins_again
audited = worklist.audited
list_records = worklist.list_records
numbers = worklist.numbers

# What a person may say about a finding, and which of it holds codes.
FINDING_FIELDS = (
    "floating", "left_on", "destination_scope", "destination_kind", "destination",
    "former_occupation", "reason_away", "certificate", "host", "lives_elsewhere", "nominal",
    "receipt", "lost", "circumstance", "lost_note", "wish", "focus",
)  # fmt: skip
_DEPENDENT: Mapping[str, tuple[str, ...]] = {
    "floating": (
        "left_on", "destination_scope", "destination_kind", "former_occupation", "reason_away",
        "certificate", "host",
    ),
    "lost": ("circumstance", "lost_note", "outcome", "found_on", "wish"),
}  # fmt: skip
_EMPTY = {"certificate": False, "left_on": None, "found_on": None}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the screening of a subtree has come, in persons."""

    total: int
    screened: int
    explained: int
    doubts: int
    proposed: int
    floating: int
    nominal: int
    lost: int
    found: int
    not_found: int
    receipts: int
    on_roll: int
    probationary: int

    @property
    def open(self) -> int:
        """Return how many are neither screened nor explained."""
        return self.total - self.screened - self.explained


def get_record(session: Session, actor: Actor, record_id: uuid.UUID) -> Record:
    """Return a record in the actor's reach.

    Raises:
        NotFound: there is none such, or none that the actor may know about.
    """
    record = session.scalars(
        select(Record).where(
            Record.id == record_id, access.reach(actor, Action.RECORD_VIEW, Record)
        )
    ).one_or_none()
    if record is None:
        raise NotFound(RECORD)
    return record


def open_record(session: Session, actor: Actor, record_id: uuid.UUID, version: int) -> Record:
    """Return a record that the actor may change and that nobody changed since `version`.

    Raises:
        NotFound: out of reach. NotAllowed: not the actor's own branch. Overtaken: changed since.
        OutOfTurn: it is the actor's own record.
    """
    record = get_record(session, actor, record_id)
    access.require(actor, Action.RECORD_SCREEN, record.path)
    access.refuse_oneself(actor, record.member_id)
    if record.version != version:
        raise Overtaken
    record.updated_at, record.updated_by = clock.now(), actor.user_id
    return record


def screen(
    session: Session, actor: Actor, campaign: Campaign, record_id: uuid.UUID,
    checks: Mapping[str, Mapping[str, str]], *, version: int, verified_how: str = "",
) -> Record:  # fmt: skip
    """Note results on the check list; the member is screened once every item has one.

    Args:
        session: the caller's session.
        actor: the branch's clerk or secretary.
        campaign: the campaign, whose plan holds the check list.
        record_id: whose record.
        checks: item code to ``{"result": ok|doubt|na, "note": text}``; others stay as they are.
        version: the version the actor saw.
        verified_how: a code of `facts.VERIFIED_HOW`, or empty.

    Raises:
        Invalid: an unknown item or result, or a doubt without a note of what is doubtful.
    """
    record = open_record(session, actor, record_id, version)
    items = [item["code"] for item in campaign.plan["checks"]]
    _refuse(_faults_of_checks(items, checks, verified_how))
    record.checks = {**record.checks, **{code: dict(said) for code, said in checks.items()}}
    record.screened = all(code in record.checks for code in items)
    record.screened_at = clock.now() if record.screened else None
    record.screened_by = actor.user_id if record.screened else None
    record.verified_how = verified_how or record.verified_how
    audit.record(
        session, actor, Act.RECORD_SCREEN, record.path, f"record:{record.id}",
        doubts=sum(said["result"] == "doubt" for said in record.checks.values()),
    )  # fmt: skip
    session.flush()
    return record


def _faults_of_checks(
    items: list[str], checks: Mapping[str, Mapping[str, str]], verified_how: str
) -> list[Problem]:
    faults = [
        Problem(code, Words("检查单里没有这一项，请刷新页面再填", "No such item; reload the page"))
        for code, said in checks.items()
        if code not in items or said.get("result") not in RESULTS
    ]
    if verified_how and verified_how not in facts.VERIFIED_HOW:
        words = Words(
            "请从 见人、听声、视频、书面 中选一种", "Choose in person, voice, video, writing"
        )
        faults.append(Problem("verified_how", words))
    return faults


def set_evidence(
    session: Session, actor: Actor, campaign: Campaign, record_id: uuid.UUID, *,
    version: int, dues_until: Day | None, last_meeting: Day | None,
) -> Record:  # fmt: skip
    """Note the last dues and the last meeting; months and proposals follow by themselves.

    Raises:
        Invalid: a day after today.
    """
    record = open_record(session, actor, record_id, version)
    today = organizations.today(session, actor.tenant_id)
    words = Words("日期在今天之后，请核对", "The day lies in the future; check it")
    given = {"dues_until": dues_until, "last_meeting": last_meeting}
    # Dues may be paid ahead; a meeting cannot have been attended ahead.
    if last_meeting is not None and last_meeting.first() > today:
        _refuse([Problem("last_meeting", words)])
    for name, day in given.items():
        setattr(record, name, day)
    enrolment.propose_lost_again(campaign, record)
    audit.record(session, actor, Act.RECORD_SCREEN, record.path, f"record:{record.id}", evidence=1)
    session.flush()
    return record


def find(
    session: Session, actor: Actor, campaign: Campaign, record_id: uuid.UUID,
    details: Mapping[str, Any], *, version: int,
) -> Record:  # fmt: skip
    """Confirm or refuse findings: what a person says, and with it the proposals are settled.

    Args:
        session: the caller's session.
        actor: the branch's clerk or secretary.
        campaign: the campaign.
        record_id: whose record.
        details: names of `FINDING_FIELDS` to values; a finding set to false empties what hangs
            on it.
        version: the version the actor saw.

    Raises:
        Invalid: an unknown field or code, or lost without six months having passed.
    """
    record = open_record(session, actor, record_id, version)
    _refuse(_faults_of_findings(campaign, record, details))
    for name, value in details.items():
        setattr(record, name, value)
    for finding, dependent in _DEPENDENT.items():
        if details.get(finding) is False:
            for name in dependent:
                setattr(record, name, _EMPTY.get(name, ""))
    settled = set(details) & {"lost", "floating", "receipt", "nominal"}
    left = [p for p in record.proposal.split("|") if p and p not in settled]
    record.proposal = "|".join(left)
    enrolment.propose_focus_again(session, record)
    record.confirmed_by, record.confirmed_at = actor.user_id, clock.now()
    audit.record(
        session, actor, Act.RECORD_FINDING, record.path, f"record:{record.id}",
        settled=sorted(settled),
    )  # fmt: skip
    session.flush()
    return record


def _faults_of_findings(
    campaign: Campaign, record: Record, details: Mapping[str, Any]
) -> list[Problem]:
    faults = []
    for name, value in details.items():
        if name not in FINDING_FIELDS:
            faults.append(Problem(name, Words("没有这一项，请刷新页面", "No such field; reload")))
        elif _unknown_code(name, value):
            words = Words("请从列表里选一项", "Choose one from the list")
            faults.append(Problem(facts.FACTS[name].words.zh, words))
    if unknown := plugins.unknown_groups(details.get("focus", ""), record.focus):
        words = Words(
            f"没有重点人群“{unknown}”，请刷新页面再选",
            f"No focus group {unknown}; reload and choose",
        )
        faults.append(Problem(facts.FACTS["focus"].words.zh, words))
    if "receipt" in details and bool(details["receipt"]) == record.on_roll:
        faults.append(Problem(facts.FACTS["receipt"].words.zh, _RECEIPT[record.on_roll], "D1"))
    after = campaign.plan["lost_after_months"]
    if details.get("lost") and record.last_contact and record.months_lost < after:
        faults.append(Problem("失联", _too_soon(record.months_lost, after), "D9"))
    return faults


_RECEIPT = {
    True: Words(
        "名册上是“在册”，没有回执可记；已转出的，请先在名册里把组织关系状态改为“转出未收到回执”",
        "The roster says on the roll, so there is no receipt; if the member was sent off, change"
        " the relation on the roster first",
    ),
    False: Words(
        "名册上是“转出未收到回执”，请选已落实或未落实；仍在本支部的，请先在名册里改为“在册”",
        "The roster says sent off: choose settled or still missing. If the member is here after"
        " all, change the relation on the roster first",
    ),
}


def _unknown_code(name: str, value: Any) -> bool:
    fact = facts.FACTS.get(name)
    return bool(fact and value and fact.kind == "code" and value not in fact.values)


def _too_soon(months: int, after: int) -> Words:
    return Words(
        f"距最近一次联系只有 {months} 个月，满 {after} 个月才能认定失联；"
        "如记错，请先改党费或组织生活日期",
        f"Only {months} months since the last contact; {after} are needed. If that is wrong,"
        " correct the day of the last dues or meeting first",
    )


def explain(
    session: Session, actor: Actor, record_id: uuid.UUID, text: str, *, version: int
) -> Record:
    """Say why a member could not be screened (mission S4: screened or explained)."""
    record = open_record(session, actor, record_id, version)
    record.explanation = text.strip()[:500]
    audit.record(session, actor, Act.RECORD_EXPLAIN, record.path, f"record:{record.id}")
    session.flush()
    return record


def progress(session: Session, actor: Actor, campaign: Campaign, path: str) -> Progress:
    """Count how far the screening at or below `path` has come.

    Raises:
        NotFound: `path` is out of the actor's reach.
    """
    if not access.allows(actor, Action.REPORT_VIEW, path):
        raise NotFound(Words("党组织", "unit"))
    return count(session, campaign, path)


def count(session: Session, campaign: Campaign, path: str) -> Progress:
    """Count how far the screening at or below `path` has come, for a caller already permitted."""
    said = {
        "screened": Record.screened.is_(True),
        "explained": and_(Record.screened.is_(False), Record.explanation != ""),
        "doubts": and_(Record.screened.is_(True), Record.proposal != ""),
        "proposed": Record.proposal != "",
        "floating": Record.floating.is_(True),
        "nominal": Record.nominal != "",
        "lost": Record.lost.is_(True),
        "found": and_(Record.lost.is_(True), Record.outcome == "found"),
        "not_found": and_(Record.lost.is_(True), Record.outcome == "not_found"),
        "receipts": Record.receipt != "",
        "on_roll": Record.on_roll.is_(True),
        "probationary": and_(Record.on_roll.is_(True), Record.standing == "probationary"),
    }
    sums = [func.coalesce(func.sum(case((when, 1), else_=0)), 0) for when in said.values()]
    row = session.execute(select(func.count(), *sums).where(audited(campaign, path))).one()
    return Progress(int(row[0]), *(int(number) for number in row[1:]))


def _refuse(faults: list[Problem]) -> None:
    if faults:
        raise Invalid(*faults)
