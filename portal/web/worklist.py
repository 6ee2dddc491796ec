"""The list of the screening desk and the person beside it, as the templates read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import current_app, request, url_for

from portal.campaigns import service as campaigns
from portal.core import clock
from portal.core.errors import NotFound
from portal.core.words import Words
from portal.screening import answering, facts, plugins
from portal.screening import service as screening
from portal.web import evidence, persons, reveal_parts, typed, verdicts
from portal.web.edge import actor, campaign, db, unit
from portal.web.language import words, zone

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

    from portal.campaigns.models import Campaign
    from portal.campaigns.template import CheckItem
    from portal.core.errors import Problem
    from portal.members.models import Member
    from portal.screening.models import Record

MOST = 10_000
PAGE = 200
FILTERS = {
    "all": Words("全部", "All"),
    "open": Words("疑点和未查", "Open or in doubt"),
    "proposed": Words("待确认认定", "To be confirmed"),
    "focus": Words("重点人群", "Focus groups"),
}
LABELS = {name: fact.words for name, fact in facts.FACTS.items()} | {
    "left_on": Words("流出时间", "Left on"),
    "lost_note": Words("备注", "Note"),
    "dues_until": Words("党费交至", "Dues paid until"),
    "last_meeting": Words("最近参加组织生活", "Last meeting"),
    "lost": Words("失联", "Out of contact"),
    "verified_how": Words("核实方式", "Verified how"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One person of the list: the record, the member, their number in the whole list."""

    record: Record
    member: Member
    number: int
    verdict: verdicts.Verdict
    brief: Words


@dataclass(frozen=True, slots=True)
class Focus:
    """One focus group as a chip: confirmed, proposed, or only offered."""

    code: str
    words: Words
    state: str


def needed() -> Campaign:
    """Return the campaign under way.

    Raises:
        NotFound: there is none.
    """
    found = campaign()
    if found is None:
        raise NotFound(Words("排查批次", "campaign"))
    return found


def items_of(running: Campaign) -> Sequence[CheckItem]:
    """Return the check list of a campaign."""
    return campaigns.plan_of(running).checks


def lines(only: str = "all") -> list[Line]:
    """Return the persons of one's own branch that a filter leaves, numbered as in the whole."""
    running, path = needed(), unit().path
    listed = screening.list_records(db(), actor(), running, path, limit=MOST)
    everybody = [(record, member) for record, member in listed if record.path == path]
    left = {
        record.id
        for record, _ in (
            everybody
            if only == "all"
            else screening.list_records(db(), actor(), running, path, only=only, limit=MOST)
        )
    }
    items = items_of(running)
    return [
        Line(record, member, number, verdicts.of(record, items), persons.brief(member))
        for number, (record, member) in enumerate(everybody, 1)
        if record.id in left
    ]


def page_of(listed: Sequence[Line], wanted: str, start: str) -> tuple[Sequence[Line], int]:
    """Return the page that shows the record `wanted`, else the one from `start`, and its start."""
    first = typed.whole(start)
    for at, line in enumerate(listed):
        if str(line.record.id) == wanted:
            first = at - at % PAGE
    return listed[first : first + PAGE], first


def line_of(record_id: uuid.UUID) -> Line:
    """Return one person of one's own branch.

    Raises:
        NotFound: there is none such on the list.
    """
    for line in lines():
        if line.record.id == record_id:
            return line
    raise NotFound(screening.RECORD)


def head(running: Campaign) -> dict[str, Any]:
    """Return what the line over the list shows."""
    path = unit().path
    return {
        "progress": screening.progress(db(), actor(), running, path),
        "numbers": screening.numbers(db(), actor(), running, path),
        "filters": FILTERS,
        "submit": url_for("submit.show") if "submit.show" in current_app.view_functions else "",
    }


def focus(record: Record) -> tuple[list[Focus], str]:
    """Return the groups to choose from, and which plugin offers them."""
    names = plugins.in_force(db(), record.tenant_id, record.path, record.sector)
    offered = plugins.standard()
    known = {group.code: group.title for name in names for group in offered.groups[name]}
    confirmed, proposed = record.focus.split("|"), record.focus_proposed.split("|")
    codes = dict.fromkeys([*confirmed, *proposed, *known])
    chips = [
        Focus(
            code,
            known.get(code, Words(code, code)),
            "on" if code in confirmed else "proposed" if code in proposed else "off",
        )
        for code in codes
        if code
    ]
    sectors = [offered.sectors[name] for name in names]
    said = "、".join(f"{words(sector.title)} {sector.version}" for sector in sectors)
    return sorted(chips, key=lambda chip: ("on", "proposed", "off").index(chip.state)), said


def aside(line: Line, *, problems: Sequence[Problem] = (), failed: str = "") -> dict[str, Any]:
    """Return what the aside of one person shows; `failed` names the form to show as typed."""
    running = needed()
    groups, offered_by = focus(line.record)
    asked = answering.list_asked(db(), line.record)
    today = clock.now().astimezone(zone()).date()
    return {
        "line": line,
        "in_place": True,
        "items": items_of(running),
        "strip": evidence.strip(line.record, today),
        "facts": facts.FACTS,
        "how": facts.VERIFIED_HOW,
        "results": verdicts.RESULTS,
        "result_of": verdicts.result,
        "note_of": verdicts.note,
        "waiting": verdicts.proposals(line.record),
        "groups": groups,
        "offered_by": offered_by,
        "asked": asked,
        "kept": answering.list_kept(line.record, asked),
        "advised": plugins.advise(db(), line.record),
        "lost_after": running.plan["lost_after_months"],
        "rule_set": running.rule_set,
        "source": running.plan["source"],
        "about": persons.facts_of(line.member),
        "number": persons.number_of(line.member),
        "number_shown": reveal_parts.of(line.member, "id_number"),
        "total": screening.count(db(), running, unit().path).total,
        "problems": problems,
        "places": {name: (name, words(said)) for name, said in LABELS.items()},
        "failed": failed,
        "typed": request.form if failed else {},
    }


def next_open(after: Line) -> Line | None:
    """Return the next person who is neither screened nor explained, around the list once."""
    everybody = lines()
    order = [*everybody[after.number :], *everybody[: after.number - 1]]
    return next((it for it in order if not (it.record.screened or it.record.explanation)), None)
