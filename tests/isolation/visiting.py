"""Visiting every address of the portal as one person, and looking at what comes back."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

from portal.api.routes import ROUTES
from portal.app import create_app
from portal.jobs import queue
from portal.settings import Settings
from tests.isolation import canaries
from tests.isolation.answers import Visit, everything
from tests.isolation.sending import ASKED, COMMON, OWNED, SENT
from tests.web.conftest import KEY, token_of
from tests.web.world import METHOD, PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from flask.testing import FlaskClient
    from werkzeug.routing import Rule

    from tests.isolation.things import Owned

FILES = {"static", "appbuilder.static"}
CALLS = {f"api.{route.view.__name__}": route for route in ROUTES}


@dataclass(frozen=True)
class Visitor:
    """Somebody who calls: their post, where they hold it, and how they are let in."""

    name: str
    post: str
    place: str
    client: FlaskClient
    token: str = ""
    csrf: str = ""


@dataclass
class House:
    """The application with every request undone behind it, and the people who may call."""

    app: Any
    owned: Mapping[str, Owned]
    secrets: frozenset[str]
    versions: Mapping[str, int]
    visitors: dict[str, Visitor] = field(default_factory=dict)
    kept: dict[str, list[tuple[Visit, Visit | None]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Let no answer break off the test, whatever goes wrong behind it."""
        self.app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False)

    def let_in(self, name: str, post: str, code: str, username: str) -> Visitor:
        """Sign somebody in, with a browser and with a token; with no user name a stranger."""
        client, place = self.app.test_client(), self.owned[code].path if code else "-"
        token = ""
        if username:
            form = {"username": username, "password": PASSWORD, "csrf_token": self._csrf(client)}
            assert client.post("/sign-in", data=form).status_code == 302, username
            token = self._token(client, username)
        visitor = Visitor(name, post, place, client, token, self._csrf(client))
        self.visitors[name] = visitor
        return visitor

    def _csrf(self, client: FlaskClient) -> str:
        return token_of(client.get("/sign-in", follow_redirects=True).text)

    def _token(self, client: FlaskClient, username: str) -> str:
        if "api.sign_in" not in self.app.view_functions:
            return ""
        answer = client.post("/api/v1/session", json={"username": username, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        token: str = answer.get_json()["access_token"]
        return token

    def seal(self) -> None:
        """From here on every request is undone as soon as it is answered."""
        with self.app.app_context():
            database = self.app.extensions["sqlalchemy"]
            self._engine = database.engine
            self._connection = self._engine.connect()
            self._outer = self._connection.begin()
            database.engines[None] = self._connection
            database.session.remove()
            database.session.configure(join_transaction_mode="create_savepoint")

    def _undo(self) -> None:
        self._outer.rollback()
        self._outer = self._connection.begin()

    def close(self) -> None:
        """Let go of the database."""
        self._outer.rollback()
        self._connection.close()
        with self.app.app_context():
            self.app.extensions["sqlalchemy"].session.remove()
        self._engine.dispose()
        sent_to = queue.find_queue()
        if sent_to is not None:
            sent_to.close()
        queue.put_in_place(None)

    def rules(self) -> list[Rule]:
        """Return every address there is but those of files."""
        return [rule for rule in self.app.url_map.iter_rules() if rule.endpoint not in FILES]

    def unknown_arguments(self) -> set[str]:
        """Return the parts of addresses for which nothing says how to fill them."""
        return {
            f"{name} in {rule.rule}"
            for rule in self.rules()
            for name, converter in rule._converters.items()
            if name not in (*OWNED, *COMMON) and not hasattr(converter, "items")
        }

    def addresses(self, rule: Rule, code: str) -> Iterator[tuple[dict[str, Any], str]]:
        """Yield the ways of filling an address with what is owned by the unit `code`."""
        filled = [
            [(name, value) for value in self._values(name, converter, code)]
            for name, converter in rule._converters.items()
        ]
        for choice in product(*filled):
            values = dict(choice)
            built = rule.build({**(rule.defaults or {}), **values}, append_unknown=False)
            assert built is not None
            yield values, built[1]

    def _values(self, name: str, converter: Any, code: str) -> list[Any]:
        if name in OWNED:
            return list(self.owned[code].things.get(name, ()))
        return sorted(getattr(converter, "items", COMMON.get(name, ())))

    def owners(self, rule: Rule, codes: tuple[str, ...]) -> tuple[str, ...]:
        """Return whose objects an address is to be tried with; nobody's is tried once."""
        return codes if set(rule._converters) & set(OWNED) else codes[:1]

    def visit(
        self, visitor: Visitor, method: str, rule: Rule, address: str, *,
        code: str = "", query: Mapping[str, str] | None = None, part: bool = False, of: str = "",
        sent: Mapping[str, Any] | None = None,
    ) -> Visit:  # fmt: skip
        """Ask for `address` and return the answer; nothing stays changed.

        What is sent names things of the unit `of`; of the unit `code`, too, if there is none.
        """
        api = rule.rule.startswith("/api/")
        headers = {"HX-Request": "true"} if part else {}
        if api and visitor.token:
            headers["Authorization"] = f"Bearer {visitor.token}"
        more: dict[str, Any] = {"query_string": self._query(rule, query or {}, code)}
        if method != "GET" and api:
            more["json"] = self._json(rule, of or code, self._version(address))
        elif method != "GET":
            more["data"] = SENT | self.ids(of or code) | {
                "csrf_token": visitor.csrf, "version": self._version(address), **(sent or {}),
            }  # fmt: skip
        client = self.app.test_client(use_cookies=False) if api else visitor.client
        with self._cookies_kept(visitor.client):
            answer = client.open(address, method=method, headers=headers, **more)
        self._undo()
        return Visit(
            visitor.name, method, rule.endpoint, address, answer.status_code, everything(answer),
            code, self.is_beyond(visitor, rule, code),
        )  # fmt: skip

    def is_beyond(self, visitor: Visitor, rule: Rule, code: str) -> bool:
        """Tell whether an address names an object that lies outside what this visitor runs."""
        bound = bool(set(rule._converters) & (set(OWNED) - {"campaign_id"}))
        return bound and not self.owned[code].path.startswith(visitor.place)

    def ids(self, code: str) -> dict[str, str]:
        """Return the ids of a unit's things as a page may be asked for them."""
        owned = {**self.owned["C0"].things, **self.owned[code].things}
        named = {name.removesuffix("_id"): str(ids[0]) for name, ids in owned.items() if ids}
        return named | {"below": named["unit"], "unit_id": named["unit"]}

    def _query(self, rule: Rule, query: Mapping[str, str], code: str) -> Mapping[str, str]:
        """Return what a call understands of `query`, and what it must be asked."""
        call = CALLS.get(rule.endpoint)
        if call is None or call.query is None:
            return {} if call else query
        known = call.query().fields
        must = {name: (ASKED | self.ids(code))[name] for name in known if known[name].required}
        return must | {name: text for name, text in query.items() if name in known}

    def _version(self, address: str) -> int:
        """Return the version of the thing that an address names, as who looked at it has it."""
        return next((n for key, n in self.versions.items() if key in address), 1)

    def _json(self, rule: Rule, code: str, version: int) -> dict[str, Any]:
        call = CALLS.get(rule.endpoint)
        if call is None or call.takes is None:
            return {}
        values = SENT | self.ids(code) | {"version": version}
        known = {field.data_key or name for name, field in call.takes().fields.items()}
        return {name: value for name, value in values.items() if name in known}

    def _cookies_kept(self, client: FlaskClient) -> Any:
        return _KeptCookies(client)

    def leaks(self, visitor: Visitor, visit: Visit) -> set[str]:
        """Return what a visit showed that this visitor must not see."""
        found = {
            f"{letter}{code}"
            for letter, code in canaries.found_in(visit.text)
            if canaries.is_leak(letter, self.owned[code].path, visitor.post, visitor.place)
        }
        return found | canaries.numbers_in(visit.text, self.secrets)

    def ghost(self, rule: Rule, values: Mapping[str, Any]) -> str:
        """Return the same address with ids that nobody has."""
        swapped = {
            name: (999_999 if isinstance(value, int) else uuid.uuid4())
            if name in OWNED else value
            for name, value in values.items()
        }  # fmt: skip
        built = rule.build({**(rule.defaults or {}), **swapped}, append_unknown=False)
        assert built is not None
        return built[1]


class _KeptCookies:
    """Puts a browser's cookies back as they were: signing out is undone, too."""

    def __init__(self, client: FlaskClient) -> None:
        self._client, self._before = client, dict(client._cookies or {})

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        if self._client._cookies is not None:
            self._client._cookies.clear()
            self._client._cookies.update(self._before)


def open_house(url: str, folder: Path) -> Any:
    """Return the application on the database at `url`."""
    settings = Settings(
        database=url, data_dir=folder, secret_key="s" * 32, master_key=KEY,
        secure_cookies=False, second_factor=False, password_method=METHOD,
    )  # fmt: skip
    return create_app(settings)
