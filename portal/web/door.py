"""The session of this request: which one it is, and how the browser is told of it.

The browser's cookie is signed and carries the opaque token of the session, when it was last used,
and what a page wants to remember; everything that opens anything is in the table `sign_in`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from flask import current_app, g, request, session
from flask_login import login_user, logout_user
from sqlalchemy.exc import OperationalError

from portal.core import clock
from portal.core.database import transaction
from portal.core.errors import Away
from portal.identity import service as identity
from portal.organizations import service as organizations
from portal.scope import service as scope
from portal.web import typed

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.identity.service import Attempt, SignIn, Visit
    from portal.organizations.models import Account
    from portal.settings import Settings


VOUCHED = "vouched"  # in the browser's session: that a provider has just asked its holder


def db() -> Session:
    """Return the session of this request's database."""
    return cast("Session", current_app.extensions["sqlalchemy"].session())


def settings() -> Settings:
    """Return the settings of this portal."""
    return cast("Settings", current_app.extensions["portal.settings"])


def visit() -> Visit:
    """Return where this request comes from."""
    return identity.Visit(
        identity.Channel.WEB,
        identity.device_of(request.user_agent.string),
        (request.remote_addr or "")[:45],
    )


def _found() -> tuple[SignIn, Account] | None:
    """Return the living session that the cookie names, looked up once per request."""
    if "signed" not in g:
        tenant, _, token = str(session.get("sid", "")).partition(".")
        seen = session.get("seen")
        at = datetime.fromtimestamp(seen, UTC) if isinstance(seen, int) else None
        g.signed = _look_up(typed.whole(tenant), token, at) if token else None
    return cast("tuple[SignIn, Account] | None", g.signed)


def _look_up(tenant: int, token: str, at: datetime | None) -> tuple[SignIn, Account] | None:
    """Find a session, and let this request reach its holder's account and no more for now."""
    with scope.beyond(db(), scope.Reason.SIGN_IN):
        found = identity.find(db(), tenant, token, seen=at)
        if found is not None:
            scope.bind_account(db(), found[1].tenant_id, found[1].id)
    return found


def present() -> Account | None:
    """Return who is signed in, or None: a password without its code is not enough."""
    found = _found()
    return None if found is None or found[0].stage == identity.Stage.CODE else found[1]


def waiting() -> tuple[SignIn, Account] | None:
    """Return the session whose code is still to come, if this is one."""
    found = _found()
    return found if found is not None and found[0].stage == identity.Stage.CODE else None


def sign_in() -> SignIn:
    """Return the session of whoever is signed in."""
    found = _found()
    if found is None:
        raise LookupError("nobody is signed in")
    return found[0]


def remember(row: SignIn, token: str, account: Account) -> None:
    """Hand the browser a session that was just opened, under an id it did not have before."""
    kept = {name: session[name] for name in ("locale",) if name in session}
    session.clear()
    session.update(kept)
    session.permanent = True
    renumber(row, token)
    g.signed = (row, account)
    if row.stage != identity.Stage.CODE:
        login_user(account)


def renumber(row: SignIn, token: str) -> None:
    """Hand the browser the new token of the session it has."""
    session["sid"] = f"{row.tenant_id}.{token}"
    session["seen"] = int(clock.now().timestamp())


def forget() -> None:
    """Let the browser forget everything."""
    logout_user()
    session.clear()
    g.pop("signed", None)


def touch() -> None:
    """Note that somebody is there: in the cookie to the second, in the table to the minute."""
    now, row = clock.now(), sign_in()
    session["seen"] = int(now.timestamp())
    if now - row.seen_at < identity.SEEN_EVERY:
        return
    try:
        with transaction(db()):
            row.seen_at = now
    except OperationalError:
        db().rollback()  # somebody else is writing; the cookie knows


def attempt(username: str) -> Attempt:
    """Take a place for one try at a password or a code."""
    method = current_app.config["FAB_PASSWORD_HASH_METHOD"]
    with transaction(db()) as unit_of_work, scope.beyond(unit_of_work, scope.Reason.SIGN_IN):
        return identity.begin(unit_of_work, username, visit().address, method)


def fits(tried: Attempt, password: str) -> bool:
    """Tell whether the password of an attempt is right.

    Raises:
        Away: a directory has to say and does not answer; the attempt gives its place back.
    """
    try:
        return identity.fits(tried, password)
    except Away:
        if tried.outside and tried.placed:
            with (
                transaction(db()) as unit_of_work,
                scope.beyond(unit_of_work, scope.Reason.SIGN_IN),
            ):
                identity.half(unit_of_work, tried)
        raise


def vouch(account: Account, username: str) -> bool:
    """Note that a provider has just asked the holder of this session; tell if it was they."""
    if organizations.username(username) != account.username:
        return False
    session[VOUCHED] = {"by": str(sign_in().id), "at": int(clock.now().timestamp())}
    return True


def is_vouched() -> bool:
    """Tell whether the provider has just asked the holder of this session."""
    said = session.get(VOUCHED)
    if not isinstance(said, dict) or said.get("by") != str(sign_in().id):
        return False
    return clock.now() < datetime.fromtimestamp(int(said["at"]), UTC) + identity.FRESH


def by_provider(account: Account) -> bool:
    """Tell whether it is a provider, on pages of its own, that says who this is."""
    outside = identity.outside()
    return outside.by == "oidc" and outside.vouches_for(account.username)


def prove(account: Account, password: str, code: str, *, factor: bool = False) -> bool:
    """Prove once more who is signed in; their session gets a new id (security.md S7).

    Args:
        account: whose session this is.
        password: as typed; of no use where a provider vouches.
        code: a one-time code or a recovery code.
        factor: whether a provider has asked for a second factor already.
    """
    tried = attempt(account.username)
    if by_provider(account):
        right = is_vouched() and tried.usable and tried.placed
    else:
        right = fits(tried, password)
    with transaction(db()) as unit_of_work, scope.beyond(unit_of_work, scope.Reason.SIGN_IN):
        if right and not factor and identity.has_factor(unit_of_work, account):
            right = identity.check(unit_of_work, account, code)
        if not right:
            identity.fail(unit_of_work, tried)
            return False
        identity.succeed(unit_of_work, tried)
        row = sign_in()
        identity.proved(unit_of_work, account)
        token = identity.renew(row)
    session.pop(VOUCHED, None)
    renumber(row, token)
    return True
