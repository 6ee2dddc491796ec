"""A provider of identities on this machine, for tests: OpenID Connect by code, with PKCE.

Authlib's server does the protocol; what is here is its memory, its keys and whom it has before it.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any, Self

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode
from authlib.oidc.core.util import create_half_hash
from flask import Flask, jsonify, request
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

CLIENT, SECRET = "sicha", "shared with the portal alone"


@dataclass
class Code(AuthorizationCodeMixin):
    """A code that was given out, and what it stands for."""

    code: str
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None
    auth_time: int

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.auth_time

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


@dataclass
class Client(ClientMixin):
    """The portal, as the provider knows it."""

    back: str

    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> str:
        return self.back

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.back

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic" and endpoint == "token"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Provider:
    """A provider, and what may be turned about it."""

    back: str
    certificate: str
    private: str
    person: dict[str, Any] = field(default_factory=lambda: {"preferred_username": "clerk"})
    since: int = 0  # seconds ago that it last asked its person
    twist: dict[str, Any] = field(default_factory=dict)  # claims to be told wrong
    said: dict[str, Any] = field(default_factory=dict)  # of itself
    asked: list[dict[str, str]] = field(default_factory=list)
    signer: RSAKey | None = None

    def __enter__(self) -> Self:
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self.codes: dict[str, Code] = {}
        self._server = make_server(
            "localhost", 0, self._app(), threaded=True, ssl_context=(self.certificate, self.private)
        )
        self.issuer = f"https://localhost:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def signed(self, claims: dict[str, Any]) -> str:
        """Return a token of the provider, or of who signs in its name."""
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.signer or self.key)

    def _app(self) -> Flask:
        app = Flask("provider")
        server = AuthorizationServer(
            app,
            query_client=lambda name: Client(self.back) if name == CLIENT else None,
            save_token=lambda _token, _request: None,
        )
        server.register_grant(_grant(self), [_OpenId(self), CodeChallenge(required=True)])

        @app.get("/.well-known/openid-configuration")
        def describe() -> Any:
            return jsonify({
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
                **self.said,
            })  # fmt: skip

        @app.get("/keys")
        def keys() -> Any:
            return jsonify({"keys": [self.key.as_dict(private=False)]})

        @app.get("/authorize")
        def authorize() -> Any:
            self.asked.append(request.args.to_dict())
            asked = server.create_oauth2_request(request)
            grant = server.get_authorization_grant(asked)
            return server.create_authorization_response(asked, self.person, grant)

        @app.post("/token")
        def token() -> Any:
            return server.create_token_response()

        return app


def _grant(provider: Provider) -> type[AuthorizationCodeGrant]:
    class Grant(AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

        def save_authorization_code(self, code: str, request: Any) -> None:
            more = request.payload.data
            provider.codes[code] = Code(
                code, more["redirect_uri"], more.get("scope", ""), more.get("nonce"),
                more.get("code_challenge"), more.get("code_challenge_method"),
                int(time.time()) - provider.since,
            )  # fmt: skip

        def query_authorization_code(self, code: str, client: Any) -> Code | None:  # noqa: ARG002
            return provider.codes.get(code)

        def delete_authorization_code(self, authorization_code: Code) -> None:
            provider.codes.pop(authorization_code.code)

        def authenticate_user(self, authorization_code: Code) -> Any:  # noqa: ARG002
            return provider.person

    return Grant


class _OpenId(OpenIDCode):
    def __init__(self, provider: Provider) -> None:
        super().__init__(require_nonce=True)
        self.provider = provider

    def exists_nonce(self, nonce: str, request: Any) -> bool:  # noqa: ARG002
        return any(code.nonce == nonce for code in self.provider.codes.values())

    def encode_id_token(self, token: Any, request: Any) -> str:
        now, code = int(time.time()), request.authorization_code
        said = {
            "iss": self.provider.issuer, "aud": CLIENT, "sub": "s-1", "iat": now, "exp": now + 300,
            "nonce": code.nonce, "auth_time": code.auth_time,
            "at_hash": create_half_hash(token["access_token"], "RS256").decode(),
            **self.provider.person, **self.provider.twist,
        }  # fmt: skip
        return self.provider.signed({name: each for name, each in said.items() if each is not None})
