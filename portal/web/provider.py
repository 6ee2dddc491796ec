"""The talk with an OpenID Connect provider, by the client that FAB registers for it.

FAB and Authlib do state, nonce, PKCE, the exchange of the code and the signature. What is asked
beyond that stands here: the issuer word for word, only addresses nobody can listen to, signatures
with keys that are not shared, one claim for the name, and the age of the proof.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from authlib.common.errors import AuthlibBaseError
from flask import current_app, request, session
from flask_appbuilder.const import AUTH_DB, AUTH_OAUTH
from joserfc.errors import JoseError

from portal.core import clock
from portal.core.errors import Away
from portal.identity import service as identity
from portal.identity.directory import AWAY, PATIENCE
from portal.web import door

if TYPE_CHECKING:
    from werkzeug import Response

    from portal.settings import Settings

log = logging.getLogger(__name__)

NAME = "outside"
LEFT = "left"  # in the browser's session: why and when somebody went to the provider
SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
              "EdDSA")  # fmt: skip
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
SKEW = 60  # seconds that the provider's clock may be off
LONGEST_NAME = 128


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom the provider says it has before it, and what that person set out to do."""

    username: str
    factor: bool
    anew: bool
    proving: str
    target: str


def configuration(settings: Settings) -> dict[str, Any]:
    """Return what FAB is told of the provider, if there is one."""
    if settings.sign_in_by != "oidc":
        return {"AUTH_TYPE": AUTH_DB}
    scopes = {"openid", "email" if settings.oidc_claim == "email" else "profile"}
    return {
        "AUTH_TYPE": AUTH_OAUTH,
        "AUTH_USER_REGISTRATION": False,
        "OAUTH_PROVIDERS": [{
            "name": NAME,
            "token_key": "access_token",
            "icon": "",
            "remote_app": {
                "client_id": settings.oidc_client,
                "client_secret": settings.oidc_secret.get_secret_value(),
                "server_metadata_url":
                    f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
                "client_kwargs": {
                    "scope": " ".join(sorted(scopes, reverse=True)),
                    "code_challenge_method": "S256",
                    "default_timeout": PATIENCE,
                    "trust_env": False,  # whom to trust is a setting, not a variable of the shell
                    **({"verify": str(settings.outside_ca)} if settings.outside_ca else {}),
                },
            },
        }],
    }  # fmt: skip


def leave(target: str, *, proving: str = "") -> Response:
    """Send the browser to the provider; to prove again, it asks even whom it knows.

    Raises:
        Away: the provider does not answer, or is not the one of the settings.
    """
    for name in [each for each in session if each.startswith(f"_state_{NAME}_")]:
        session.pop(name)  # one errand at a time
    more: dict[str, Any] = {"prompt": "login", "max_age": 0} if proving else {}
    client = _client()
    answer = client.authorize_redirect(door.settings().oidc_return, **more)
    at = int(clock.now().timestamp())
    session[LEFT] = {"target": target, "proving": proving, "at": at}
    return cast("Response", answer)


def come_back() -> Vouched | None:
    """Return whom the provider vouches for in this request, or None if that cannot be told.

    Raises:
        Away: the provider does not answer.
    """
    left, settings = session.pop(LEFT, None), door.settings()
    if left is None or request.args.get("iss", settings.oidc_issuer) != settings.oidc_issuer:
        return None
    try:
        token = _client().authorize_access_token(claims_options={
            "iss": {"essential": True, "values": [settings.oidc_issuer]},
            "aud": {"essential": True, "values": [settings.oidc_client]},
        })  # fmt: skip
    except OSError as error:
        raise _away(type(error).__name__) from error
    except (AuthlibBaseError, JoseError, ValueError, TypeError, KeyError) as error:
        log.warning("the provider's word was not taken: %s", type(error).__name__)
        return None
    return _vouched(token.get("userinfo") or {}, left, settings)


def _vouched(claims: dict[str, Any], left: dict[str, Any], settings: Settings) -> Vouched | None:
    name = claims.get(settings.oidc_claim)
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
        return None
    if settings.oidc_claim == "email" and claims.get("email_verified") is not True:
        return None
    proved = claims.get("auth_time")
    ways = claims.get("amr") or []
    said = {each for each in (*ways, claims.get("acr")) if isinstance(each, str)}
    return Vouched(
        username=name, factor=bool(said & identity.outside().factors),
        anew=isinstance(proved, int) and proved >= left["at"] - SKEW,
        proving=left["proving"], target=left["target"],
    )  # fmt: skip


def _client() -> Any:
    """Return FAB's client of the provider, once what the provider says of itself holds."""
    client = current_app.extensions["appbuilder"].sm.oauth_remotes[NAME]
    try:
        said = client.load_server_metadata()
    except (OSError, ValueError) as error:
        raise _away(type(error).__name__) from error
    if said.get("issuer") != door.settings().oidc_issuer:
        raise _away("it says it is another")
    if not all(identity.is_safe_address(str(said.get(name, ""))) for name in ENDPOINTS):
        raise _away("it sends people where others can listen")
    offered = said.get("id_token_signing_alg_values_supported") or ["RS256"]
    kept = [each for each in offered if each in SIGNATURES]
    said["id_token_signing_alg_values_supported"] = kept or ["RS256"]
    return client


def _away(why: str) -> Away:
    log.warning("the provider of identities is of no use: %s", why)
    return Away(AWAY)
