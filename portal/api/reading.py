"""Reading what was sent: JSON, query and cursors. Whatever cannot be read is refused in words."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, TypeVar

from flask import request
from marshmallow import Schema, ValidationError
from werkzeug.exceptions import BadRequest

from portal.core.errors import Invalid, Problem
from portal.core.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

T = TypeVar("T")

_CURSOR = Words(
    "这不是上一页给出的 next，请从第一页重新取", "is not the `next` of a page; start over"
)
_CONTROL = Words("含有不能保存的字符，请去掉", "has a character that cannot be kept; remove it")


def body(schema: type[Schema]) -> dict[str, Any]:
    """Return the JSON body as `schema` reads it; ``If-Match`` stands for its `version`.

    Raises:
        BadRequest: it is not JSON.
        Invalid: it is not what `schema` describes; every fault is told.
    """
    try:
        given = request.get_json()
    except RecursionError as error:
        raise BadRequest("nested too deeply") from error
    version = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if isinstance(given, dict) and version.isdecimal() and "version" in schema().fields:
        given = {**given, "version": int(version[:9])}
    return _loaded(schema, given)


def query(schema: type[Schema]) -> dict[str, Any]:
    """Return the query as `schema` reads it.

    Raises:
        Invalid: it is not what `schema` describes.
    """
    return _loaded(schema, request.args.to_dict())


def _loaded(schema: type[Schema], given: Any) -> dict[str, Any]:
    faults = [Problem(where, _CONTROL, "text") for where in _unkept(given)]
    try:
        loaded: dict[str, Any] = schema().load(given)
    except ValidationError as error:
        faults += _told(error.messages, "")
    if faults:
        raise Invalid(*faults)
    return loaded


def _unkept(value: Any, where: str = "") -> list[str]:
    """Return where a string stands that no database keeps: with NUL, or half a character."""
    if isinstance(value, str):
        kept = not any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in value)
        return [] if kept else [where.encode(errors="replace").decode().replace("\0", "?")]
    inner: list[tuple[Any, str]] = []
    if isinstance(value, dict):
        inner = [(each, f"{where}.{name}".strip(".")) for name, each in value.items()]
        inner += [(name, where) for name in value]
    elif isinstance(value, list):
        inner = [(each, f"{where}.{at}".strip(".")) for at, each in enumerate(value)]
    return [found for each, place in inner for found in _unkept(each, place)]


def _told(messages: Any, where: str) -> list[Problem]:
    if isinstance(messages, dict):
        inner = [
            _told(each, where if name == "_schema" else f"{where}.{name}".strip("."))
            for name, each in messages.items()
        ]
        return [problem for problems in inner for problem in problems]
    texts = messages if isinstance(messages, list) else [messages]
    place = where.encode(errors="replace").decode()
    return [
        Problem(place, Words(f"写得不对，请按接口文档改正（{text}）", f"{text}"), "format")
        for text in texts
    ]


def next_page(found: Sequence[T], limit: int, parts: Callable[[T], tuple[object, ...]]) -> Any:
    """Return a page of `limit` out of `found`, which was asked for one more, and what follows."""
    items = found[:limit]
    more = len(found) > limit
    return {"items": items, "next": _written(*parts(items[-1])) if more else None}


def _written(*parts: object) -> str:
    text = json.dumps([str(part) for part in parts], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def cursor(text: str, *kinds: type[str | UUID]) -> tuple[Any, ...] | None:
    """Return the parts of a cursor, None for the first page.

    Raises:
        Invalid: nobody handed it out.
    """
    if not text:
        return None
    try:
        return tuple(kind(part) for kind, part in zip(kinds, _read(text), strict=True))
    except (ValueError, RecursionError) as error:
        raise Invalid(Problem("after", _CURSOR, "cursor")) from error


def _read(text: str) -> list[str]:
    padded = text.encode() + b"=" * (-len(text) % 4)
    parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    if not isinstance(parts, list) or _unkept(parts) or not all(isinstance(p, str) for p in parts):
        raise ValueError(text)
    return parts
