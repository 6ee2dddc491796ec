"""What every API call shares: the token, the actor, one transaction, refusals as problems.

The API never looks at a cookie: who calls is told by the ``Authorization`` header alone. That is
why its routes ask for no form token, and a browser's session opens nothing here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import Blueprint, current_app, g, jsonify, request
from flask_jwt_extended import get_current_user, verify_jwt_in_request
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt import PyJWTError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from portal.access import Actor
from portal.api import problems, reading
from portal.core import tree
from portal.core.database import transaction
from portal.core.errors import Invalid, NotAllowed, NotFound, Overtaken, Refusal
from portal.core.retrying import unit_of_work
from portal.core.words import Words
from portal.duties import service as duties
from portal.identity import service as identity
from portal.once import service as onces
from portal.organizations import service as organizations
from portal.scope import service as scope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask import Response
    from marshmallow import Schema
    from sqlalchemy.orm import Session

    from portal.organizations.models import Account

__all__ = ["ROUTES", "Route", "account", "actor", "blueprint", "db", "route", "transaction"]

V = TypeVar("V", bound="Callable[..., Any]")

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
THING = Words("资源", "resource")


@dataclass(frozen=True, slots=True)
class Route:
    """One call: how it is addressed, what it takes and gives. The document is made from these."""

    method: str
    rule: str
    view: Callable[..., Any]
    tag: str
    query: type[Schema] | None
    takes: type[Schema] | None
    gives: type[Schema] | None
    status: int
    public: bool
    once: bool
    fresh: bool


ROUTES: list[Route] = []


def route(
    method: str,
    rule: str,
    *,
    tag: str,
    query: type[Schema] | None = None,
    takes: type[Schema] | None = None,
    gives: type[Schema] | None = None,
    status: int = 200,
    public: bool = False,
    once: bool = False,
    fresh: bool = False,
) -> Callable[[V], V]:
    """Make `view` a call of the API, behind the token unless it is `public`.

    With `once`, a call with an ``Idempotency-Key`` is done once per key; the view then gets the
    session of the one transaction it is done in.

    What was sent is read by `query` and `takes` and handed over under these names: ``query`` and
    ``body``. What the view returns is written by `gives`. A `fresh` call is a sensitive act: it
    wants a token got within the last five minutes (S7).
    """

    def decorate(view: V) -> V:
        said = Route(
            method, rule, view, tag, query, takes, gives, status, public, once, fresh
        )  # fmt: skip

        @wraps(view)
        def call(**keys: Any) -> Response:
            return _call(said, keys)

        blueprint.add_url_rule(rule, view.__name__, call, methods=[method])
        ROUTES.append(said)
        return view

    return decorate


def _call(said: Route, keys: dict[str, Any]) -> Response:
    if not said.public:
        actor()
    if said.fresh and not identity.is_fresh(g.sign_in):
        raise problems.ProofTooOld
    if not said.public and duties.is_under(actor()):
        with transaction(db()) as session:
            duties.note_use(session, actor(), f"api:{said.view.__name__}")
    if said.query is not None:
        keys["query"] = reading.query(said.query)
    if said.takes is not None:
        keys["body"] = reading.body(said.takes)
    written = _done_once(said, keys) if said.once else _written(said, said.view(**keys))
    made = jsonify(written)
    made.status_code = said.status
    if isinstance(written, dict) and isinstance(written.get("version"), int):
        made.set_etag(str(written["version"]))
    return made


def _written(said: Route, answer: Any) -> Any:
    return answer if said.gives is None else said.gives().dump(answer)


def _done_once(said: Route, keys: dict[str, Any]) -> Mapping[str, Any]:
    asked = json.dumps([request.method, request.path, request.get_json(silent=True)]).encode()

    def work(session: Session) -> Mapping[str, Any]:
        written = _written(said, said.view(session=session, **keys))
        plain: Mapping[str, Any] = json.loads(current_app.json.dumps(written))
        return plain

    key, who, tenant_id = (
        request.headers.get("Idempotency-Key", ""),
        account().id,
        actor().tenant_id,
    )

    def held(session: Session) -> Mapping[str, Any]:
        g.caller = organizations.actor_for(session, who, tenant_id, hold=True)
        scope.bind(session, g.caller)
        return onces.once(session, g.caller, key, asked, work)

    return unit_of_work(db(), held)


def db() -> Session:
    """Return the session of this call."""
    return cast("Session", current_app.extensions["sqlalchemy"].session())


def account() -> Account:
    """Return the account that the token was given to.

    Raises:
        JWTExtendedException: no token, an old one, or one that no longer counts.
    """
    verify_jwt_in_request(locations=["headers"])
    return cast("Account", get_current_user())


def actor() -> Actor:
    """Return who calls, worked out once per call."""
    if "caller" not in g:
        who = account()
        g.caller = (
            Actor(who.id, 0, frozenset())
            if who.tenant_id is None
            else organizations.actor_for(db(), who.id, who.tenant_id)
        )
        scope.bind(db(), g.caller)
    return cast("Actor", g.caller)


@blueprint.route("/", defaults={"rest": ""}, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
@blueprint.route("/<path:rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def nothing(rest: str) -> Response:  # noqa: ARG001  the address is the question
    """Answer every other address and method in the way of the API."""
    raise NotFound(THING)


@blueprint.errorhandler(Refusal)
def _refused(refusal: Refusal) -> Response:
    if isinstance(refusal, NotAllowed) and not _in_sight(refusal):
        refusal = NotFound(THING)
    faults = refusal.problems if isinstance(refusal, Invalid) else ()
    return problems.answer(problems.of(refusal), refusal.words, faults)


def _in_sight(refusal: NotAllowed) -> bool:
    return any(tree.is_within(refusal.place, grant.place) for grant in actor().grants)


@blueprint.errorhandler(StaleDataError)
def _overtaken(_: StaleDataError) -> Response:
    return _refused(Overtaken())


@blueprint.errorhandler(JWTExtendedException)
@blueprint.errorhandler(PyJWTError)
def _no_token(_: Exception) -> Response:
    words = Words(
        "没有令牌，或令牌已过期、已作废。请用 POST /api/v1/session 重新取得",
        "There is no token, or it no longer counts. Get one by POST /api/v1/session",
    )
    return problems.answer(problems.NO_TOKEN, words)


@blueprint.errorhandler(HTTPException)
def _stopped(error: HTTPException) -> Response:
    if isinstance(error, RequestEntityTooLarge):
        words = Words("请求超过上限，没有处理", "The request is above the limit and was not taken")
        return problems.answer(problems.TOO_LARGE, words)
    words = Words(
        "请求正文应为 JSON，并带 Content-Type: application/json。没有保存任何改动",
        "The body must be JSON with Content-Type: application/json. Nothing was changed",
    )
    return problems.answer(problems.UNREADABLE, words)
