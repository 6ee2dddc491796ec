"""Taking an official table away as a workbook: with a reason, a mark, and an entry in the log."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from portal import access, audit
from portal.access import Action
from portal.audit import Act
from portal.campaigns import service as campaigns
from portal.core import clock
from portal.core.errors import Invalid, NotAllowed, NotFound, OutOfTurn, Problem
from portal.core.words import Words
from portal.documents import official
from portal.documents.official import Column, Mark, Sheet
from portal.extension.conditions import holds
from portal.members import codes
from portal.organizations import service as organizations
from portal.organizations.models import Account
from portal.reporting import catalogue, draft, drill, flow, forms, grid, returns, snapshot, totals
from portal.reporting.models import Filing
from portal.screening import facts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.campaigns.models import Campaign
    from portal.extension.contracts import Table
    from portal.organizations.models import Unit
    from portal.reporting.models import Return
    from portal.reporting.snapshot import Person

REASONS: dict[str, Words] = {
    "file": Words("报送上级", "To hand up on paper"),
    "archive": Words("存档备查", "For the archive"),
    "check": Words("核对数据", "To check the figures"),
    "meeting": Words("会议材料", "For a meeting"),
}
_DAYS = frozenset(
    ["born", "joined", "confirmed", "left_on", "last_contact", "lost_since", "found_on"]
)
_NOT_IN_FILE_NAMES = str.maketrans(dict.fromkeys('/\\:*?"<>|\r\n\t'))
_FIGURE_WIDTH = 9
_ONE_PAGE_EACH = frozenset({"t1"})  # a form of one page per member, not a table


@dataclass(frozen=True, slots=True)
class Export:
    """A file on its way out: its name and bytes, its number, and what tells it apart."""

    name: str
    content: bytes
    rows: int
    number: str
    table: str
    members: tuple[uuid.UUID, ...]
    texts: tuple[str, ...]


def exportable(
    session: Session, actor: Actor, campaign: Campaign, path: str
) -> list[tuple[str, Words]]:
    """Return the tables of the unit at `path` that this reader can take away: code and title."""
    return [
        (form.code, Words(f"{forms.number(form.code)} {form.title.zh}", form.title.en))
        for form in catalogue.of(session, campaign).tables
        if form.code not in _ONE_PAGE_EACH
        and (not form.is_register or drill.may_see_names(session, actor, campaign, path, form))
    ]


def table(
    session: Session, actor: Actor, campaign: Campaign, path: str, code: str, *, reason: str
) -> Export:
    """Return an official table of the unit at `path` as a workbook, and log that it was taken.

    Figures are those of the newest filing; before that, of the unit's own draft. The rows of a
    register are those filed at or below the unit, and the unit's own.

    Args:
        session: the caller's session.
        actor: who takes it away; the name stands on every page.
        campaign: which campaign.
        path: whose table.
        code: which table, ``t7`` or 表7.
        reason: a key of `REASONS`.

    Raises:
        NotFound: the unit is out of reach, or there is no such table.
        NotAllowed: names stop before this reader.
        OutOfTurn: a subordinate that has not filed yet.
        Invalid: no reason is given.
    """
    if not access.allows(actor, Action.REPORT_EXPORT, path):
        raise NotFound(totals.UNIT)
    if reason not in REASONS:
        words = Words("请选导出用途，文件还没有生成", "Say what the file is for; nothing was made")
        raise Invalid(Problem("用途", words, "U8"))
    form = catalogue.of(session, campaign).table(code)
    if form.code in _ONE_PAGE_EACH:
        raise NotFound(forms.TABLE)
    unit = organizations.lineage(session, actor.tenant_id, path)[-1]
    now = clock.now().astimezone(campaigns.zone_of(session, actor.tenant_id))
    mark = _mark(session, actor, now)
    made, members = _sheet(session, actor, campaign, unit, form, mark)
    content = official.workbook(made)
    audit.record(
        session, actor, Act.REPORT_EXPORT, path, f"unit:{unit.id}", table=form.code,
        export=mark.export, rows=len(made.rows), reason=reason,
        sha256=sha256(content).hexdigest(),
    )  # fmt: skip
    session.flush()
    name = f"{unit.name} {made.number}{made.title} {now:%Y%m%d}.xlsx"
    texts = tuple(cell for row in made.rows for cell in row if isinstance(cell, str))
    return Export(
        name.translate(_NOT_IN_FILE_NAMES), content, len(made.rows), mark.export, form.code,
        members, texts,
    )  # fmt: skip


def _mark(session: Session, actor: Actor, now: datetime) -> Mark:
    number = f"{now:%Y%m%d}-{secrets.token_hex(4)}"
    if actor.user_id is None:
        return Mark("运维人员", "命令行", now, number)
    account = session.get_one(Account, actor.user_id)
    place = min(grant.place for grant in actor.grants)
    unit = organizations.lineage(session, actor.tenant_id, place)[-1]
    return Mark(account.full_name or account.username, unit.name, now, number)


def _sheet(
    session: Session, actor: Actor, campaign: Campaign, unit: Unit, form: Table, mark: Mark
) -> tuple[Sheet, tuple[uuid.UUID, ...]]:
    members: tuple[uuid.UUID, ...] = ()
    if form.is_register:
        persons, status = _persons(session, actor, campaign, unit, form)
        columns = tuple(
            Column((field.title.zh,), str(at), field.width)
            for at, field in enumerate(form.fields, 1)
        )
        rows: Sequence[Sequence[str | int]] = [
            [shown(person, field.name).zh for field in form.fields] for person in persons
        ]
        stub: tuple[tuple[tuple[str, ...], str], ...] = ()
        members = tuple(uuid.UUID(person["member"]) for person in persons)
    else:
        figures, status = _figures(session, actor, campaign, unit)
        columns = tuple(
            Column(_zh(column.path), column.code, _FIGURE_WIDTH) for column in form.columns
        )
        rows = [
            [figures[f"{form.code}:{row.code}.{column.code}"] for column in form.columns]
            for row in form.rows
        ]
        stub = tuple((_zh(row.path), row.code) for row in form.rows)
    name = unit.full_name or unit.name
    sheet = Sheet(
        forms.number(form.code), form.title.zh, name, "人", status, columns, rows, mark, stub
    )
    return sheet, members


def _zh(path: Sequence[Words]) -> tuple[str, ...]:
    return tuple(words.zh for words in path)


def _firm(
    session: Session, actor: Actor, campaign: Campaign, unit: Unit
) -> tuple[Return, Filing | None]:
    """Return what the unit owes on the tables, and its filing if it stands."""
    item = returns.tables_return(session, actor, campaign, unit.path)
    if item.state not in draft.FIRM:
        return item, None
    return item, session.get_one(Filing, (item.tenant_id, item.filing_id))


def _figures(
    session: Session, actor: Actor, campaign: Campaign, unit: Unit
) -> tuple[dict[str, int], str]:
    item, filed = _firm(session, actor, campaign, unit)
    if filed is not None:
        frozen = catalogue.of(session, campaign)
        status = _said(session, campaign, item, filed)
        return frozen.by_cell(grid.unpack(filed.figures, frozen.size)), status
    _own_only(actor, unit)
    made = draft.prepare(session, campaign, item)
    return made.catalogue.by_cell(made.figures), _draft_words(len(made.overrides))


def _own_only(actor: Actor, unit: Unit) -> None:
    if not access.allows(actor, Action.REPORT_PREPARE, unit.path):
        raise OutOfTurn(
            Words(
                f"“{unit.name}”还没有上报，没有可以导出的数。等它上报后再导出",
                f"“{unit.name}” has not filed, so there is nothing to take away yet",
            )
        )


def _draft_words(overrides: int) -> str:
    return f"草稿，尚未上报{f'，改填 {overrides} 处' if overrides else ''}"


def _said(session: Session, campaign: Campaign, item: Return, filed: Filing) -> str:
    day = filed.at.astimezone(campaigns.zone_of(session, campaign.tenant_id))
    typed = f"，改填 {len(filed.overrides)} 处" if filed.overrides else ""
    return f"第 {filed.round} 次上报 {day:%Y-%m-%d}，{flow.STATE_WORDS[item.state].zh}{typed}"


def _persons(
    session: Session, actor: Actor, campaign: Campaign, unit: Unit, form: Table
) -> tuple[list[Person], str]:
    persons = drill.register(session, actor, campaign, unit.path, form.code)
    if persons is None:
        words = Words(
            f"{forms.number(form.code)}《{form.title.zh}》的人员名单不报到您这一级，"
            "请看人数，或请基层党委导出",
            f"{form.title.en}: names stop before your level. Look at the figures instead, or ask"
            " the base committee",
        )
        raise NotAllowed(Action.REPORT_EXPORT, unit.path, words)
    item, filed = _firm(session, actor, campaign, unit)
    if filed is not None:
        return persons, _said(session, campaign, item, filed)
    _own_only(actor, unit)
    own = [
        person
        for person in snapshot.take(session, campaign, unit)
        if holds(form.when, person["facts"])
    ]
    return own + persons, _draft_words(0)


def shown(person: Person, name: str) -> Words:
    """Return what a register prints in the column `name` for one person of a snapshot."""
    if name in facts.FACTS and name in person["facts"]:
        return facts.say(name, person["facts"][name])
    value: Any = person["fields"].get(name, "")
    if name in _DAYS:
        value = value.replace("-", ".")
    if name in codes.BY_FIELD:
        return codes.words(name, value)
    return Words(str(value), str(value))
