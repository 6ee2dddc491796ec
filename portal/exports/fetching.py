"""Fetching a file by a link that works once, and removing what is past its time."""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from portal import audit
from portal.audit import Act
from portal.core import clock
from portal.core.errors import NotFound, OutOfTurn
from portal.core.words import Words
from portal.documents import store
from portal.exports.looking import EXPORT, get_own
from portal.exports.models import Export
from portal.exports.rules import KEPT, LINK
from portal.scope import service as scope

if TYPE_CHECKING:
    import uuid

    from sqlalchemy.orm import Session

    from portal.access import Actor

_WAITING = Words(
    "这次导出还在等批准，文件还不能取。批准后会在消息里告诉您",
    "This export still waits for approval; you will be told in your inbox",
)
_GONE = Words(
    "这份导出文件已过 24 小时，从系统中清除了。要用请重新导出",
    "This file was removed after 24 hours. Export it anew",
)
_USED = Words(
    "这个下载链接已经用过，或过了 10 分钟。请回到导出记录，再点一次“取文件”",
    "This link was used already or is older than ten minutes. Ask for a new one at the export",
)


def link_for(session: Session, actor: Actor, export_id: uuid.UUID, holder: str) -> str:
    """Return a token that fetches the file once, within ten minutes, in the same session.

    Args:
        session: the caller's session.
        actor: who asked for the export.
        export_id: which one.
        holder: what tells the browser's session from every other.

    Raises:
        NotFound: no such export of the actor's.
        OutOfTurn: it waits, was turned down, or is past its time.
    """
    export = get_own(session, actor, export_id)
    _still_there(export)
    token = secrets.token_urlsafe(24)
    export.ticket = _digest(token, holder, actor)
    export.ticket_until = clock.now() + LINK
    session.flush()
    return token


def _digest(token: str, holder: str, actor: Actor) -> bytes:
    return sha256(f"{token}:{holder}:{actor.user_id}".encode()).digest()


def _still_there(export: Export) -> None:
    if export.state == "waiting" and export.at > clock.now() - KEPT:
        raise OutOfTurn(_WAITING)
    gone = not export.stored_as or export.at <= clock.now() - KEPT
    if gone or export.state not in {"ready", "fetched"}:
        raise OutOfTurn(_GONE)


def fetch(
    session: Session, actor: Actor, export_id: uuid.UUID, token: str, holder: str
) -> tuple[str, bytes]:
    """Return the name and the bytes of the file; the link is dead from now on.

    Raises:
        NotFound: no such export of the actor's.
        OutOfTurn: the link was used, is too old or another session's, or the file is gone.
    """
    export = get_own(session, actor, export_id)
    _still_there(export)
    known, until = export.ticket, export.ticket_until
    fits = known is not None and hmac.compare_digest(known, _digest(token, holder, actor))
    if not fits or until is None or until <= clock.now():
        raise OutOfTurn(_USED)
    content = store.exports().get(export.id, export.stored_as)
    if content is None:
        raise OutOfTurn(_GONE)
    if sha256(content).hexdigest() != export.sha256:
        raise NotFound(EXPORT)
    export.ticket = export.ticket_until = None
    export.state, export.fetched_at = "fetched", clock.now()
    session.flush()
    audit.record(
        session, actor, Act.EXPORT_FETCH, export.path, f"export:{export.id}",
        number=export.number, sha256=export.sha256,
    )  # fmt: skip
    return export.file_name, content


@scope.through(scope.Reason.FILES)
def sweep(session: Session) -> int:
    """Remove the files of every export past its time; return how many. The records stay."""
    past = select(Export.tenant_id, Export.id, Export.stored_as).where(
        Export.stored_as != "", Export.at <= clock.now() - KEPT
    )
    rows = session.execute(past).all()
    for tenant_id, export_id, name in rows:
        store.exports().remove(name)
        session.execute(
            update(Export)
            .where(Export.tenant_id == tenant_id, Export.id == export_id)
            .values(stored_as="", ticket=None, ticket_until=None)
        )
    session.execute(
        update(Export)
        .where(Export.state.in_(("waiting", "ready")), Export.at <= clock.now() - KEPT)
        .values(state="expired")
    )
    kept = set(session.scalars(select(Export.stored_as).where(Export.stored_as != "")))
    return len(rows) + store.exports().remove_strays(kept)
