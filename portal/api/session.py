"""Tokens: name and password in, a token out; it ends when the password changes."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_jwt_extended import create_access_token
from marshmallow import Schema, fields, validate

from portal.api.edge import db, route, transaction
from portal.api.problems import SignInFailed
from portal.api.schemas import Strict
from portal.audit import Act
from portal.core.errors import OutOfTurn
from portal.core.words import Words
from portal.organizations import service as organizations
from portal.scope import service as scope

MUST_CHANGE = Words(
    "请先在网页上登录并设一个自己的密码，再取令牌",
    "Sign in on the web and choose a password of your own first",
)


class CredentialsSchema(Strict):
    """Who asks for a token."""

    username = fields.String(required=True, validate=validate.Length(max=128))
    password = fields.String(required=True, validate=validate.Length(max=256))


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
    """Give a token for a name and a password."""
    keeper = current_app.extensions["appbuilder"].sm
    name = organizations.username(body["username"])
    with transaction(db()) as session, scope.beyond(session, scope.Reason.SIGN_IN):
        who = keeper.auth_user_db(name, body["password"])
        tried = who or organizations.find_account(session, name)
        if tried is not None:
            organizations.note(session, tried, Act.SIGN_IN if who else Act.SIGN_IN_FAILED)
        if who is not None:
            scope.bind_account(session, who.tenant_id, who.id)
    if who is None:
        raise SignInFailed
    if who.must_change:
        raise OutOfTurn(MUST_CHANGE)
    return {
        "access_token": create_access_token(identity=str(who.id)),
        "token_type": "Bearer",
        "expires_in": int(current_app.config["JWT_ACCESS_TOKEN_EXPIRES"].total_seconds()),
    }
