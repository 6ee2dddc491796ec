"""Tokens: name and password in, a token out; it ends when the password changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from flask import current_app, g, request
from flask_jwt_extended import create_access_token
from marshmallow import Schema, fields, validate

from portal.api.edge import account, db, route, transaction
from portal.api.problems import SignInFailed
from portal.api.schemas import Strict
from portal.audit import Act
from portal.core.errors import Away, OutOfTurn
from portal.core.words import Words
from portal.identity import service as identity
from portal.organizations import service as organizations
from portal.scope import service as scope

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.identity.service import Attempt, SignIn, Visit
    from portal.organizations.models import Account
    from portal.settings import Settings

MUST_CHANGE = Words(
    "请先在网页上登录并设一个自己的密码，再取令牌",
    "Sign in on the web and choose a password of your own first",
)
MUST_ENROL = Words(
    "您的岗位须用动态口令。请先在网页上登录并设置，再取令牌",
    "Your post asks for one-time codes. Sign in on the web and set them up first",
)


class CredentialsSchema(Strict):
    """Who asks for a token."""

    username = fields.String(required=True, validate=validate.Length(max=128))
    password = fields.String(required=True, validate=validate.Length(max=256))
    code = fields.String(
        validate=validate.Length(max=40),
        metadata={"description": "the one-time code, or a recovery code"},
    )


class TokenSchema(Schema):
    """A token for the ``Authorization: Bearer`` header."""

    access_token = fields.String()
    token_type = fields.String()
    expires_in = fields.Integer(metadata={"description": "seconds"})


@route(
    "POST", "/session", tag="session", takes=CredentialsSchema, gives=TokenSchema, status=201,
    public=True,
)  # fmt: skip
def sign_in(body: dict[str, Any]) -> dict[str, Any]:
    """Give a token for a name, a password and, from those who have one, a one-time code."""
    method = current_app.config["FAB_PASSWORD_HASH_METHOD"]
    with transaction(db()) as session, scope.beyond(session, scope.Reason.SIGN_IN):
        tried = identity.begin(session, body["username"], _visit().address, method)
    right = _fits(tried, body["password"])
    with transaction(db()) as session, scope.beyond(session, scope.Reason.SIGN_IN):
        who = _proved(session, tried, body.get("code", "")) if right else None
        if who is None:
            identity.fail(session, tried)
        else:
            scope.bind_account(session, who.tenant_id, who.id)
        row = None if who is None else _opened(session, tried, who)
    if who is None:
        raise SignInFailed
    if row is None:
        raise OutOfTurn(MUST_CHANGE if who.must_change else MUST_ENROL)
    return _token(who, row)


def _fits(tried: Attempt, password: str) -> bool:
    """Tell whether the password is right; who cannot be judged gives the place back."""
    try:
        return identity.fits(tried, password)
    except Away:
        if tried.outside and tried.placed:
            with transaction(db()) as session, scope.beyond(session, scope.Reason.SIGN_IN):
                identity.half(session, tried)
        raise


def _proved(session: Session, tried: Attempt, code: str) -> Account | None:
    """Return whose password was right, if their code is right as well or they have none."""
    who = organizations.find_account(session, tried.username)
    if who is None or not identity.has_factor(session, who):
        return who
    return who if identity.check(session, who, code) else None


def _opened(session: Session, tried: Attempt, who: Account) -> SignIn | None:
    """Open a session, unless something is to be done on the web first."""
    settings = _settings()
    identity.succeed(session, tried)
    identity.welcome(session, who, profile=settings.password_profile, channel="api")
    stage = identity.next_stage(session, who, second_factor=settings.second_factor)
    if who.must_change or stage == identity.Stage.ENROL:
        return None
    return identity.start(session, who, _visit(), identity.Stage.OPEN)[0]


def _settings() -> Settings:
    return cast("Settings", current_app.extensions["portal.settings"])


def _visit() -> Visit:
    return identity.Visit(
        identity.Channel.API,
        identity.device_of(request.user_agent.string),
        (request.remote_addr or "")[:45],
    )


def _token(who: Account, row: SignIn) -> dict[str, Any]:
    claims = {"tid": row.tenant_id, "sid": str(row.id)}
    return {
        "access_token": create_access_token(identity=str(who.id), additional_claims=claims),
        "token_type": "Bearer",
        "expires_in": int(current_app.config["JWT_ACCESS_TOKEN_EXPIRES"].total_seconds()),
    }


@route("DELETE", "/session", tag="session", status=204)
def sign_out() -> None:
    """End the session of the token that is sent along."""
    with transaction(db()) as session:
        organizations.note(session, account(), Act.SIGN_OUT)
        identity.finish(session, g.sign_in, "signed out")
