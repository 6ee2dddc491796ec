"""The OpenAPI document, made from the routes themselves: it cannot tell of anything else."""

from __future__ import annotations

import re
from functools import cache
from inspect import getdoc
from typing import TYPE_CHECKING, Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from portal import __version__
from portal.api import problems
from portal.api.edge import ROUTES, blueprint, route
from portal.api.schemas import ProblemSchema

if TYPE_CHECKING:
    from marshmallow import Schema

    from portal.api.edge import Route

_KEY = re.compile(r"<uuid:(\w+)>")
_TOKEN = "token"  # noqa: S105  the name of the scheme, not a secret
_JSON = "application/json"


@route("GET", "/openapi.json", tag="document")
def get_document() -> dict[str, Any]:
    """Give this document."""
    return document()


@cache
def document() -> dict[str, Any]:
    """Return the OpenAPI document of every route there is."""
    plugin = MarshmallowPlugin(schema_name_resolver=_name)
    spec = APISpec(
        title="Sicha 四查",
        version=__version__,
        openapi_version="3.0.3",
        plugins=[plugin],
        servers=[{"url": str(blueprint.url_prefix)}],
        info={"description": _about()},
    )
    spec.components.security_scheme(
        _TOKEN, {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    )
    for each in ROUTES:
        path = _KEY.sub(r"{\1}", each.rule)
        spec.path(path, operations={each.method.lower(): _operation(each)}, parameters=_keys(each))
    made: dict[str, Any] = spec.to_dict()
    return made


def _about() -> str:
    listed = ", ".join(f"{kind.type} ({kind.status.value})" for kind in problems.ALL)
    return (
        "The same verbs and the same scope as the pages. What lies outside the caller's reach is"
        " not found. Lists come in pages: hand `next` back as `after`. Changes name the version"
        " they rest on, in the body or as If-Match. Refusals are application/problem+json with"
        f" one of these types: {listed}."
    )


_ONCE = {
    "in": "header",
    "name": "Idempotency-Key",
    "description": "Made by the caller, once per act: sent again under it, the act is done once.",
    "schema": {"type": "string", "minLength": 8, "maxLength": 80},
}


def _name(schema: type[Schema] | Schema | str) -> str:
    made = schema if isinstance(schema, type | str) else type(schema)
    name = made if isinstance(made, str) else made.__name__
    return name.removesuffix("Schema")


def _keys(each: Route) -> list[dict[str, Any]]:
    return [
        {"in": "path", "name": name, "required": True,
         "schema": {"type": "string", "format": "uuid"}}
        for name in _KEY.findall(each.rule)
    ]  # fmt: skip


def _operation(each: Route) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "done"}
    if each.gives is not None:
        good["content"] = {_JSON: {"schema": each.gives}}
    made: dict[str, Any] = {
        "operationId": each.view.__name__,
        "summary": (getdoc(each.view) or "").partition("\n")[0],
        "tags": [each.tag],
        "security": [] if each.public else [{_TOKEN: []}],
        "responses": {str(each.status): good, "default": _refusal()},
    }
    if each.query is not None:
        made["parameters"] = [{"in": "query", "schema": each.query}]
    if each.once:
        made.setdefault("parameters", []).append(_ONCE)
    if each.takes is not None:
        made["requestBody"] = {"required": True, "content": {_JSON: {"schema": each.takes}}}
    return made


def _refusal() -> dict[str, Any]:
    content = {"application/problem+json": {"schema": ProblemSchema}}
    return {"description": "refused, and why", "content": content}
