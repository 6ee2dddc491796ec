"""Sessions: opening, finding, proving anew, listing, ending (security.md S1, S2, S4)."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal import access, audit
from portal.access import EXCLUSIVE, Action
from portal.audit import Act
from portal.core import clock
from portal.core.errors import NotFound
from portal.core.words import Words
from portal.identity.models import Channel, SignIn, Stage
from portal.notifications import service as notifications
from portal.organizations import service as organizations
from portal.organizations.models import Account
from portal.scope import service as scope

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from portal.access import Actor

IDLE, IDLE_ADMIN = 30, 15  # minutes
LONGEST = timedelta(hours=12)
CODE_WAITS = timedelta(minutes=5)
FRESH = timedelta(minutes=5)
SEEN_EVERY = timedelta(minutes=1)
AT_ONCE, AT_ONCE_ADMIN = 2, 1
TOKEN_BYTES = 32
SESSION = Words("登录", "session")


@dataclass(frozen=True, slots=True)
class Visit:
    """Where somebody comes from: by what, on which device, from which address."""

    channel: Channel
    device: str
    address: str


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _is_admin(actor: Actor) -> bool:
    return any(grant.role in EXCLUSIVE for grant in actor.grants)


def start(session: Session, account: Account, visit: Visit, stage: Stage) -> tuple[SignIn, str]:
    """Open a session and return it with its token, which is nowhere else; the oldest makes room."""
    tenant_id, now = account.tenant_id or 0, clock.now()
    actor = organizations.actor_for(session, account.id, tenant_id)
    admin = _is_admin(actor)
    if stage != Stage.CODE:
        _make_room(session, account, visit.channel, AT_ONCE_ADMIN if admin else AT_ONCE)
        _notice_device(session, account, visit)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    made = SignIn(
        tenant_id=tenant_id, token=_digest(token), user_id=account.id, channel=visit.channel.value,
        stage=stage.value, version=account.session_version or 0,
        idle_minutes=IDLE_ADMIN if admin else IDLE, started_at=now, seen_at=now, proved_at=now,
        device=visit.device[:60], address=visit.address[:45],
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made, token


def _make_room(session: Session, account: Account, channel: Channel, most: int) -> None:
    held = [
        each for each in _running(session, account, clock.now())
        if each.channel == channel and each.stage != Stage.CODE
    ]  # fmt: skip
    for each in held[: max(len(held) - most + 1, 0)]:
        _end(each, "crowded")
    session.flush()


def _notice_device(session: Session, account: Account, visit: Visit) -> None:
    """Tell the holder of an account that was not used on such a device before, but elsewhere."""
    known = session.scalars(
        select(SignIn.device)
        .where(
            SignIn.tenant_id == (account.tenant_id or 0), SignIn.user_id == account.id,
            SignIn.channel == visit.channel.value, SignIn.stage != Stage.CODE.value,
        )
        .distinct()
    ).all()  # fmt: skip
    if not known or visit.device[:60] in known or account.tenant_id is None:
        return
    organizations.note(session, account, Act.SESSION_NEW_DEVICE, device=visit.device[:60])
    words = Words(
        f"您的账号在新设备上登录：{visit.device}。如不是您本人，请结束那次登录并改密码",
        f"Your account was used on a new device: {visit.device}. If that was not you, end that "
        "session and change your password",
    )
    tenant_id, holder = account.tenant_id, account.id
    with scope.beyond(session, scope.Reason.LOG, tenant_id):
        notifications.tell(session, tenant_id, [holder], "security", words, "/me/sessions")


def is_alive(
    sign_in: SignIn, account: Account, now: datetime, seen: datetime | None = None
) -> bool:
    """Tell whether a session still opens anything.

    Args:
        sign_in: the session.
        account: whose it is.
        now: the present instant.
        seen: a later moment at which it was used, if the caller knows of one.
    """
    last = max(sign_in.seen_at, seen or sign_in.seen_at)
    waits = timedelta(minutes=sign_in.idle_minutes) if sign_in.stage != Stage.CODE else CODE_WAITS
    return (
        sign_in.ended_at is None
        and bool(account.active)
        and sign_in.version == (account.session_version or 0)
        and now < last + waits
        and now < sign_in.started_at + LONGEST
    )


def find(
    session: Session, tenant_id: int, token: str, *, seen: datetime | None = None
) -> tuple[SignIn, Account] | None:
    """Return the living session that `token` belongs to and whose it is, or None."""
    row = session.execute(
        select(SignIn, Account)
        .join(Account, Account.id == SignIn.user_id)
        .where(SignIn.tenant_id == tenant_id, SignIn.token == _digest(token))
    ).one_or_none()
    if row is None or not is_alive(row[0], row[1], clock.now(), seen):
        return None
    return row[0], row[1]


def find_by_id(session: Session, tenant_id: int, key: uuid.UUID) -> tuple[SignIn, Account] | None:
    """Return a living session of the API by its id, and whose it is, or None."""
    row = session.execute(
        select(SignIn, Account)
        .join(Account, Account.id == SignIn.user_id)
        .where(SignIn.tenant_id == tenant_id, SignIn.id == key, SignIn.channel == Channel.API)
    ).one_or_none()
    if row is None or not is_alive(row[0], row[1], clock.now()):
        return None
    return row[0], row[1]


def is_fresh(sign_in: SignIn) -> bool:
    """Tell whether its holder proved who they are just now (security.md S7)."""
    return clock.now() <= sign_in.proved_at + FRESH


def renew(sign_in: SignIn) -> str:
    """Note that its holder has proved who they are again; return the new token."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    sign_in.token, sign_in.proved_at, sign_in.seen_at = _digest(token), clock.now(), clock.now()
    return token


def keep(session: Session, account: Account, sign_in: SignIn) -> str:
    """Let this one session outlive a change of its holder's password; return its new token."""
    sign_in.version = account.session_version or 0
    token = renew(sign_in)
    session.flush()
    return token


def finish(session: Session, sign_in: SignIn, why: str) -> None:
    """End a session."""
    _end(sign_in, why)
    session.flush()


def _end(sign_in: SignIn, why: str) -> None:
    sign_in.ended_at, sign_in.ended_why = clock.now(), why


def _running(session: Session, account: Account, now: datetime) -> list[SignIn]:
    query = (
        select(SignIn)
        .where(
            SignIn.tenant_id == (account.tenant_id or 0), SignIn.user_id == account.id,
            SignIn.ended_at.is_(None), SignIn.started_at > now - LONGEST,
        )
        .order_by(SignIn.started_at, SignIn.id)
    )  # fmt: skip
    return [each for each in session.scalars(query) if is_alive(each, account, now)]


@scope.through(scope.Reason.CHARGE)
def sessions_of(session: Session, actor: Actor, user_id: int) -> Sequence[SignIn]:
    """Return the running sessions of a person, the newest first: one's own, or in one's charge.

    Raises:
        NotFound: no such person within reach, or their sessions are not the actor's concern.
    """
    account = _charge(session, actor, user_id)
    running = _running(session, account, clock.now())
    if user_id != actor.user_id:
        for each in running:
            session.expunge(each)  # to be read, and no more, outside the door
    return [each for each in reversed(running) if each.stage != Stage.CODE]


@scope.through(scope.Reason.CHARGE)
def end(session: Session, actor: Actor, user_id: int, key: uuid.UUID) -> SignIn:
    """End one session of one's own, or of somebody in one's charge.

    Raises:
        NotFound: there is none such, or it is not the actor's concern.
    """
    account = _charge(session, actor, user_id)
    found = next((each for each in _running(session, account, clock.now()) if each.id == key), None)
    if found is None:
        raise NotFound(SESSION)
    _end(found, "own" if user_id == actor.user_id else "admin")
    place = min((grant.place for grant in actor.grants), default="/")
    audit.record(session, actor, Act.SESSION_ENDED, place, f"user:{user_id}", sign_in=str(key))
    session.flush()
    return found


def _charge(session: Session, actor: Actor, user_id: int) -> Account:
    account = organizations.get_account(session, actor, user_id)
    if user_id == actor.user_id:
        return account
    own = organizations.actor_for(session, user_id, actor.tenant_id)
    if not all(access.allows(actor, Action.SESSION_END, grant.place) for grant in own.grants):
        raise NotFound(SESSION)
    if not actor.places(Action.SESSION_END):
        raise NotFound(SESSION)
    return account
