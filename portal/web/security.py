"""Who is signed in, and what every answer carries so that a browser guards it."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from flask import g, request, session
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_wtf import CSRFProtect
from typing_extensions import override

from portal.organizations.models import Account
from portal.scope import service as scope

if TYPE_CHECKING:
    from flask import Flask, Response
    from flask_jwt_extended import JWTManager

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
YEAR = 365 * 24 * 3600


class SignInManager(SecurityManager):
    """FAB's security manager, kept to sign-in: which account, and is its session still good.

    A session and a token carry the account's `session_version`; raising it (password set,
    account disabled) ends both at once.
    """

    user_model = Account

    @override
    def load_user(self, pk: int) -> Account | None:
        found = self._known(pk)
        return found if found and session.get("version") == (found.session_version or 0) else None

    def _known(self, pk: int) -> Account | None:
        """Return an account, and let the session reach it until its posts are known."""
        with scope.beyond(self.session(), scope.Reason.SIGN_IN):
            found: Account | None = super().load_user(pk)
            if found is not None:
                scope.bind_account(self.session(), found.tenant_id, found.id)
        return found

    @override
    def load_user_jwt(self, _jwt_header: Any, jwt_data: dict[str, Any]) -> Account | None:
        found = self._known(int(jwt_data["sub"]))
        if found is None or jwt_data.get("ver") != (found.session_version or 0):
            return None
        g.user = found
        return found

    @override
    def create_jwt_manager(self, app: Flask) -> JWTManager:
        manager = super().create_jwt_manager(app)

        @manager.additional_claims_loader
        def _version(identity: str) -> dict[str, Any]:
            with scope.beyond(self.session(), scope.Reason.SIGN_IN):
                return {"ver": self.get_user_by_id(int(identity)).session_version or 0}

        return manager

    @override
    def register_views(self) -> None:
        """Register none of FAB's own pages: sign-in and users are pages of the portal."""


def token_key(secret: str) -> str:
    """Return the key that signs API tokens: derived, so that it is not the one of sessions."""
    return sha256(f"token:{secret}".encode()).hexdigest()


def guard(app: Flask, *, secure: bool) -> None:
    """Ask every form for its token and send the security headers with every answer."""
    CSRFProtect(app)

    @app.after_request
    def _headers(answer: Response) -> Response:
        answer.headers.update(HEADERS)
        if secure:
            answer.headers["Strict-Transport-Security"] = f"max-age={YEAR}; includeSubDomains"
        if request.endpoint != "static":
            answer.headers["Cache-Control"] = "no-store"
        return answer
