"""The gate before the application: whose word counts, a number for each request, the headers.

It stands around files and errors too, so that no answer leaves without the guarding headers and
none without a line in the log.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import request
from werkzeug.datastructures import Headers
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.core import logs
from portal.core.keys import uuid7
from portal.core.words import Words
from portal.web import metrics, security

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flask import Flask

    from portal.settings import Settings

log = logging.getLogger(__name__)

NUMBER, ROUTE, ENDPOINT, LOCAL = (
    "portal.number", "portal.route", "portal.endpoint", "portal.local",
)  # fmt: skip
# What a proxy adds. From anybody else it is a claim, and taken off.
CLAIMS = (
    "HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT", "HTTP_X_FORWARDED_PREFIX", "HTTP_X_REAL_IP", "HTTP_X_REQUEST_ID",
)  # fmt: skip
LOOPBACK_NAMES = {"localhost", "127.0.0.1", "[::1]"}
WRONG_HOST = Words(
    "本系统不以这个名称提供服务。请用管理员给的网址",
    "The portal does not answer to this name; use the address you were given",
)
_NUMBER = re.compile(r"[0-9A-Za-z-]{8,64}")
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?")
_TELLING = re.compile(r"<(?!uuid:|int:)")


def number() -> str:
    """Return the number of the request in hand, by which its lines in the log are found."""
    return str(request.environ.get(NUMBER, ""))


def is_local() -> bool:
    """Tell whether a program on this machine asks, and no proxy for somebody else."""
    return bool(request.environ.get(LOCAL))


def name_routes(app: Flask) -> None:
    """Let the gate of `app` know which route a request takes."""

    @app.before_request
    def _name() -> None:
        rule = request.url_rule
        request.environ[ENDPOINT] = request.endpoint or "none"
        # A path may say anything; only ids and numbers are kept of what it is filled with.
        known = rule is not None and not _TELLING.search(rule.rule)
        request.environ[ROUTE] = request.path if known else (rule.rule if rule else "-")


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose word is taken: which names the portal goes by, and which peers are its proxies."""

    hosts: frozenset[str]
    proxies: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]

    def is_proxy(self, peer: str) -> bool:
        """Tell whether the machine at the other end of the connection is a proxy of ours."""
        address = _address(peer)
        return address is not None and any(address in network for network in self.proxies)

    def answers_to(self, environ: dict[str, Any]) -> bool:
        """Tell whether the portal goes by the name the request was sent to."""
        found = _HOST.fullmatch(environ.get("HTTP_HOST") or environ.get("SERVER_NAME", ""))
        if found is None:
            return False
        name = found[1].lower().rstrip(".")
        return not self.hosts or name in self.hosts or (environ[LOCAL] and name in LOOPBACK_NAMES)


def trust(settings: Settings) -> Trust:
    """Return whom the settings say to trust."""
    return Trust(
        frozenset(name.lower() for name in settings.hosts),
        tuple(ipaddress.ip_network(each) for each in settings.trusted_proxies),
    )


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


class Gate:
    """Stands around the whole application, its files and its errors."""

    def __init__(self, inner: Callable[..., Iterable[bytes]], settings: Settings) -> None:
        self._inner, self._behind = inner, ProxyFix(inner, x_for=1, x_proto=1)
        self._trust, self._secure = trust(settings), settings.secure_cookies

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Let a request through, or turn it away at the gate."""
        proxied = self._receive(environ)
        logs.bind(request=environ[NUMBER])
        started = time.perf_counter()

        def begin(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            _note(environ, status, time.perf_counter() - started)
            return start_response(status, self._dressed(environ, headers), exc_info)

        if not self._trust.answers_to(environ):
            return _turned_away(begin)
        return (self._behind if proxied else self._inner)(environ, begin)

    def _receive(self, environ: dict[str, Any]) -> bool:
        """Give the request its number, take claims of strangers off; tell if a proxy sent it."""
        peer = environ.get("REMOTE_ADDR", "")
        proxied, address = self._trust.is_proxy(peer), _address(peer)
        passed_on = any(claim in environ for claim in CLAIMS)
        environ[LOCAL] = bool(address and address.is_loopback and not passed_on)
        given = environ.get("HTTP_X_REQUEST_ID", "")
        if not proxied:
            for claim in CLAIMS:
                environ.pop(claim, None)
        kept = proxied and _NUMBER.fullmatch(given)
        environ[NUMBER] = given if kept else str(uuid7())
        return proxied

    def _dressed(self, environ: dict[str, Any], given: list[tuple[str, str]]) -> Any:
        headers = Headers(given)
        for name, value in security.HEADERS.items():
            headers[name] = value
        headers["X-Request-ID"] = environ[NUMBER]
        if self._secure:
            headers["Strict-Transport-Security"] = security.ONLY_HTTPS
        if ROUTE in environ or "Cache-Control" not in headers:  # all but a file that is there
            headers["Cache-Control"] = "no-store"
            seen = {name.strip().lower() for name in headers.get("Vary", "").split(",")}
            if "cookie" not in seen:
                headers["Vary"] = ", ".join(filter(None, [headers.get("Vary"), "Cookie"]))
        return headers.to_wsgi_list()


def _turned_away(begin: Any) -> list[bytes]:
    status = HTTPStatus.MISDIRECTED_REQUEST
    body = f"{WRONG_HOST}\n".encode()
    kind = ("Content-Type", "text/plain; charset=utf-8")
    begin(f"{status.value} {status.phrase}", [kind, ("Content-Length", str(len(body)))])
    return [body]


def _note(environ: dict[str, Any], status: str, seconds: float) -> None:
    """Write one line about a request, and count it. Files are only counted."""
    method, code = str(environ.get("REQUEST_METHOD")), int(status[:3])
    metrics.answered(environ.get(ENDPOINT, "file"), method, code, seconds)
    if ROUTE in environ:
        more = {"method": _known(method), "route": environ[ROUTE], "status": code,
                "ms": round(seconds * 1000)}  # fmt: skip
        log.info("answered", extra=more)


def _known(method: str) -> str:
    return method if method in metrics.METHODS else "other"
