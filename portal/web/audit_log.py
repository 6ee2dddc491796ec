"""The audit log, for the audit administrator alone."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from flask import render_template, request
from flask_appbuilder import expose
from sqlalchemy import select

from portal import audit
from portal.access import Action
from portal.core import clock
from portal.core.errors import NotFound
from portal.core.words import Words
from portal.organizations import service as organizations
from portal.organizations.models import Account, Unit
from portal.web.act_words import WORDS, said
from portal.web.edge import PortalView, actor, db, page
from portal.web.language import words, zone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask.typing import ResponseReturnValue

PAGE_SIZE = 50
NOBODY = -1


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


def _before(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as malformed:
        raise NotFound(Words("页面", "page")) from malformed


class AuditLog(PortalView):
    """Who did what, when and where; newest first, a page at a time."""

    name = "audit"
    route_base = "/audit"
    default_view = "search"

    @expose("")
    @page(Action.AUDIT_VIEW)
    def search(self) -> ResponseReturnValue:
        """Show the entries that fit, by act, person and day."""
        asked = {name: request.args.get(name, "").strip() for name in ("act", "who", "until")}
        until = _day(asked["until"])
        entries = audit.list_entries(
            db(), actor(), act=asked["act"], user_id=_user_id(asked["who"]),
            until=clock.end_of(until, zone()) if until else None,
            before=_before(request.args.get("before", "")), limit=PAGE_SIZE + 1,
        )  # fmt: skip
        shown = entries[:PAGE_SIZE]
        return render_template(
            "portal/audit.html",
            entries=shown,
            more=len(entries) > PAGE_SIZE,
            asked=asked,
            paged="before" in request.args,
            said=said,
            names=_names(entry.user_id for entry in shown),
            places=_places(entry.path for entry in shown),
            acts=[(act.value, words(what)) for act, what in WORDS.items()],
        )
