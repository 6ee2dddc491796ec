"""Who saw whom, and who was turned away: one entry in the log for each such answer (L1).

A page or a call that reads members is noted by itself: whoever is read from the database, or
from the snapshot of a filing, in the course of a request counts as seen. Nobody has to remember
to say so.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import g, has_request_context, request
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

from portal import audit
from portal.access import Action
from portal.audit import Act
from portal.core import tree
from portal.core.database import transaction
from portal.members.models import Member
from portal.web import edge

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask, Response
    from flask.typing import ResponseReturnValue

    from portal.access import Actor

log = logging.getLogger(__name__)

# What an act of its own tells already, and what there is nothing to see behind.
UNNOTED = frozenset({None, "static", "home.health", "api.get_document", "api.nothing"})
DENIALS = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})
READS = frozenset({Action.MEMBER_VIEW, Action.RECORD_VIEW})


@event.listens_for(Member, "load")
def _loaded(member: Member, *_: Any) -> None:
    loaded = member.__dict__  # what was not asked for is not fetched for this
    see(loaded["id"], loaded.get("path", ""))


def see(member_id: UUID, path: str = "") -> None:
    """Say that a person was read in this request."""
    if has_request_context():
        g.setdefault("seen", {}).setdefault(str(member_id), path)


def note_all(app: Flask, busy: Callable[[], ResponseReturnValue]) -> None:
    """Note what every answer showed or refused, before it is sent.

    What cannot be noted is not shown: `busy` makes the answer then (security.md L3).
    """

    @app.before_request
    def _whence() -> None:
        audit.coming_from(request.remote_addr)

    @app.after_request
    def _note(answer: Response) -> Response:
        if request.endpoint in UNNOTED:
            return answer
        try:
            _written(answer)
        except SQLAlchemyError:
            log.warning("%s %s: the log could not be written", request.method, request.endpoint)
            edge.db().rollback()
            return app.make_response(busy())
        return answer


def _written(answer: Response) -> None:
    denied = answer.status_code in DENIALS
    seen = g.get("seen", {})
    shown = seen and request.method == "GET" and answer.status_code == HTTPStatus.OK
    who = _who() if denied or shown else None
    if who is None or not who.tenant_id:
        return
    with transaction(edge.db()) as session:
        if denied:
            audit.record(
                session, who, Act.DENIED, _posted(who), _asked_for(), status=answer.status_code,
                method=request.method, page=request.endpoint,
            )  # fmt: skip
        elif any(who.places(action) for action in READS):
            subject = f"member:{next(iter(seen))}" if len(seen) == 1 else f"page:{request.endpoint}"
            audit.record(
                session, who, Act.PERSON_SEE, _common(who, seen), subject, page=request.endpoint,
                members=sorted(seen),
            )  # fmt: skip


def _who() -> Actor | None:
    """Return who asks, or None for a stranger. A call of the API was told by its token."""
    if "caller" in g:
        caller: Actor = g.caller
        return caller
    if request.path.startswith("/api/") or edge.signed_in() is None:
        return None
    return edge.actor()


def _posted(who: Actor) -> str:
    return min((grant.place for grant in who.grants), default=tree.ROOT)


def _common(who: Actor, seen: dict[str, str]) -> str:
    """Return the place of the persons seen, or of who saw them if that is not one place."""
    places = {path for path in seen.values() if path}
    return places.pop() if len(places) == 1 else _posted(who)


def _asked_for() -> str:
    """Return what was asked for, as kind and id; what is no id is not written down."""
    for name, value in (request.view_args or {}).items():
        if isinstance(value, UUID | int):
            return f"{name.removesuffix('_id')}:{value}"
    return f"page:{request.endpoint}"
