"""Who is signed in, and what every answer carries so that a browser guards it."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import g, request
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_login import current_user
from flask_wtf import CSRFProtect
from typing_extensions import override

from portal.identity import service as identity
from portal.organizations.models import Account
from portal.scope import service as scope
from portal.web import door

if TYPE_CHECKING:
    from flask import Flask, Response

POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), payment=(), usb=()",
}
ONLY_HTTPS = f"max-age={365 * 24 * 3600}; includeSubDomains"
SIGN_OUT = "session.sign_out"


class SignInManager(SecurityManager):
    """FAB's security manager, kept to sign-in: whose session is this, and does it still count."""

    user_model = Account

    @override
    def load_user(self, pk: int) -> Account | None:
        found = door.present()
        return found if found is not None and found.id == int(pk) else None

    @override
    def load_user_jwt(self, _jwt_header: Any, jwt_data: dict[str, Any]) -> Account | None:
        try:
            tenant_id, key = int(jwt_data["tid"]), UUID(jwt_data["sid"])
        except (KeyError, TypeError, ValueError):
            return None
        with scope.beyond(door.db(), scope.Reason.SIGN_IN):
            found = identity.find_by_id(door.db(), tenant_id, key)
            if found is None or str(found[1].id) != jwt_data["sub"]:
                return None
            scope.bind_account(door.db(), tenant_id, found[1].id)
        g.sign_in, g.user = found
        return found[1]

    @override
    def register_views(self) -> None:
        """Register none of FAB's own pages: sign-in and users are pages of the portal."""


def token_key(secret: str) -> str:
    """Return the key that signs API tokens: derived, so that it is not the one of sessions."""
    return sha256(f"token:{secret}".encode()).hexdigest()


def guard(app: Flask) -> None:
    """Ask every form for its token, and let a browser forget who signed out."""
    CSRFProtect(app)

    @app.after_request
    def _forget(answer: Response) -> Response:
        if request.endpoint == SIGN_OUT and current_user.is_anonymous:
            answer.headers["Clear-Site-Data"] = '"cookies", "storage"'
        return answer
