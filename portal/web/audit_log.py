"""The audit log, for the audit administrator alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import render_template, request
from flask_appbuilder import expose
from sqlalchemy import select

from portal import audit
from portal.access import Action
from portal.audit import Act, verifying
from portal.core import clock
from portal.core.database import transaction
from portal.core.errors import NotFound
from portal.core.words import Words
from portal.organizations import service as organizations
from portal.organizations.models import Account, Unit
from portal.web.act_words import WORDS, said
from portal.web.edge import PortalView, actor, db, page
from portal.web.language import words, zone

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flask.typing import ResponseReturnValue

    from portal.audit import Entry
    from portal.audit.verifying import Outcome

PAGE_SIZE = 50
NOBODY = -1
NOWHERE = "/0/"
LAST = 5_000  # so many entries are hashed again whenever the page is opened
FIELDS = ("report", "act", "who", "unit", "subject", "result", "since", "until")
REPORTS = {
    "": Words("全部记录", "Everything"),
    "who_saw": Words("谁看过这个人", "Who saw this person"),
    "seen_by": Words("这个账号看过什么", "What this account saw"),
}
RESULTS = {
    "": Words("全部", "All"),
    "done": Words("已办", "done"),
    "seen": Words("看过", "seen"),
    "denied": Words("被拒绝", "denied"),
    "failed": Words("没成功", "failed"),
}
KNOWN = frozenset(act.value for act in Act)
_NUMBER = re.compile(r"[0-9]{1,15}")
_SUBJECT = re.compile(r"[a-z]{2,12}:[0-9a-f-]{0,36}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of the log, as it was typed and as it is looked for."""

    typed: dict[str, str]
    user_id: int | None
    within: str
    before: int | None

    @property
    def person(self) -> UUID | None:
        """Return the person that is meant, by the id in the field of what was acted on."""
        try:
            return UUID(self.typed["subject"].removeprefix("member:"))
        except ValueError:
            return None

    def codes(self) -> dict[str, object]:
        """Return what of it may be written down: codes and ids, nothing that was typed freely."""
        kept: dict[str, object] = {
            f"asked_{name}": self.typed[name]
            for name, known in (("report", REPORTS), ("act", KNOWN), ("result", RESULTS))
            if self.typed[name] and self.typed[name] in known
        }
        if self.user_id is not None:
            kept["asked_user"] = self.user_id
        if _SUBJECT.fullmatch(self.typed["subject"]) or self.person:
            kept["asked_about"] = self.typed["subject"]
        return kept


def _printable(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable())


def _asked() -> Asked:
    typed = {name: _printable(request.args.get(name, "").strip()[:80]) for name in FIELDS}
    if typed["report"] not in REPORTS:
        typed["report"] = ""
    return Asked(
        typed, _user_id(typed["who"]), _path(typed["unit"]), _before(request.args.get("before", ""))
    )


def _entries(asked: Asked) -> Sequence[Entry]:
    typed, before, limit = asked.typed, asked.before, PAGE_SIZE + 1
    if typed["report"] == "who_saw":
        person = asked.person
        return audit.who_saw(db(), actor(), person, before=before, limit=limit) if person else ()
    if typed["report"] == "seen_by":
        user_id = NOBODY if asked.user_id is None else asked.user_id
        return audit.seen_by(db(), actor(), user_id, before=before, limit=limit)
    since, until = _day(typed["since"]), _day(typed["until"])
    return audit.list_entries(
        db(), actor(), act=typed["act"], user_id=asked.user_id, within=asked.within,
        subject=typed["subject"], result=typed["result"],
        since=clock.begin_of(since, zone()) if since else None,
        until=clock.end_of(until, zone()) if until else None, before=before, limit=limit,
    )  # fmt: skip


def _names(users: Iterable[int | None]) -> dict[int, str]:
    """Return what the people behind these ids are called."""
    query = select(Account.id, Account.full_name, Account.username).where(
        Account.tenant_id == actor().tenant_id, Account.id.in_({each for each in users if each})
    )
    return {key: full_name or username for key, full_name, username in db().execute(query)}


def _places(paths: Iterable[str]) -> dict[str, str]:
    """Return the names of the units that stand at these paths today."""
    query = select(Unit.path, Unit.name).where(
        Unit.tenant_id == actor().tenant_id, Unit.path.in_(set(paths))
    )
    return {path: name for path, name in db().execute(query)}  # noqa: C416  a row is no pair


def _user_id(username: str) -> int | None:
    if not username:
        return None
    found = organizations.find_account(db(), username)
    if found is None or found.tenant_id != actor().tenant_id:
        return NOBODY
    return found.id


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _before(text: str) -> int | None:
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        raise NotFound(Words("页面", "page"))
    return int(text)


def _path(code: str) -> str:
    """Return where the unit with this code stands; nowhere if there is none."""
    if not code:
        return ""
    found = db().scalar(select(Unit.path).where(Unit.tenant_id == actor().tenant_id,
                                                Unit.code == code))  # fmt: skip
    return found or NOWHERE


class AuditLog(PortalView):
    """Who did what, when and where; newest first, a page at a time."""

    name = "audit"
    route_base = "/audit"
    default_view = "search"

    @expose("")
    @page(Action.AUDIT_VIEW)
    def search(self) -> ResponseReturnValue:
        """Show the entries that fit. That they were looked at is an entry itself."""
        asked = _asked()
        entries = _entries(asked)
        chain = verifying.verify(db(), actor().tenant_id, last=LAST)
        _note(Act.AUDIT_SEE, shown=min(len(entries), PAGE_SIZE), **asked.codes())
        return _shown(asked, entries, chain)

    @expose("/verify", methods=["POST"])
    @page(Action.AUDIT_VIEW)
    def verify(self) -> ResponseReturnValue:
        """Hash the whole chain again, and say how far it is whole."""
        asked = _asked()
        chain = verifying.verify(db(), actor().tenant_id)
        _note(Act.AUDIT_VERIFY, checked=chain.checked, whole=chain.whole)
        return _shown(asked, _entries(asked), chain)


def _note(act: Act, **detail: object) -> None:
    place = actor().places(Action.AUDIT_VIEW)[0]
    with transaction(db()) as session:
        audit.record(session, actor(), act, place, "audit:log", **detail)


def _shown(asked: Asked, entries: Sequence[Entry], chain: Outcome) -> ResponseReturnValue:
    shown, typed = entries[:PAGE_SIZE], asked.typed
    given = {name: value for name, value in typed.items() if value}
    common: dict[str, Any] = {
        "names": _names(entry.user_id for entry in shown),
        "places": _places(entry.path for entry in shown),
        "acts": [(act.value, words(what)) for act, what in WORDS.items()],
        "results": [(code, words(what)) for code, what in RESULTS.items()],
        "reports": [(code, words(what)) for code, what in REPORTS.items()],
    }
    return render_template(
        "portal/audit.html", entries=shown, more=len(entries) > PAGE_SIZE, asked=typed,
        given=given, paged=asked.before is not None, said=said, chain=chain, **common,
    )  # fmt: skip
