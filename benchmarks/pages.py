"""Pages: the totals of a small and a large city, and a list, over pages that do one query."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Flask, render_template_string
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from benchmarks.cities import PASSWORD, City
from benchmarks.measures import Figure, best, ratio
from portal.access import Action
from portal.app import create_app
from portal.core.database import open_engine
from portal.jobs import queue
from portal.members.models import Member
from portal.organizations.models import Unit
from portal.settings import Settings
from portal.web import edge
from tests.web.conftest import KEY, token_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

    from benchmarks.places import Places

SMALL, LARGE, HUGE = 1_000, 5_000, 50_000
TIMES = 25
PAGES = {
    "branch": ("/work", "/members", "/screening", "/lost", "/submit", "/units", "/inbox"),
    "committee": ("/work", "/members", "/review", "/board", "/status", "/users"),
    "city": ("/work", "/review", "/board", "/status", "/units", "/users"),
}
STATEMENTS = 12
LIST = """<!doctype html><title>{{ rows|length }}</title><table>{% for row in rows %}<tr>
<td>{{ row.name }}</td><td>{{ row.gender }}</td><td>{{ row.born }}</td><td>{{ row.education }}</td>
<td>{{ row.standing }}</td><td>{{ row.dues_until }}</td></tr>{% endfor %}</table>"""


def figures(places: Places) -> Iterator[Figure]:
    """Measure on every system that is here."""
    for system in places.systems:
        small, size = places.fresh(system), HUGE if places.full else LARGE
        large = places.fresh(system)
        names = _built(places, small, SMALL, 10), _built(places, large, size, 0)
        yield from _totals(places, system, small, names[0]["city"], large, names[1]["city"], size)
        yield from _lists(places, system, small, names[0])


def _built(places: Places, url: str, branches: int, each: int) -> dict[str, str]:
    engine = open_engine(url, owner=True)
    with Session(engine) as session:
        city = City(session, branches, each).build()
        city.report_everything()
        names = city.open_doors()
    engine.dispose()
    places.settle(url)
    return names


def _totals(
    places: Places, system: str, small: str, small_name: str, large: str, large_name: str, size: int
) -> Iterator[Figure]:
    with served(places, small) as one, served(places, large) as other:
        clerk, city = signed_in(one, small_name), signed_in(other, large_name)
        assert "/ 1,000" in clerk.get("/board").text, "everybody has reported"
        own, base = best(
            partial(_get, clerk, "/board"), partial(_get, clerk, "/bench/one"), times=TIMES
        )
        big, again = best(
            partial(_get, city, "/board"), partial(_get, clerk, "/board"), times=TIMES
        )
    yield ratio(f"Board of a city of {SMALL:,} branches, {system}", 1000 * own,
                "one primary-key SELECT, same stack", 1000 * base,
                unit="ms", at_most=3)  # fmt: skip
    yield ratio(f"Board of a city of {size:,} branches, {system}", 1000 * big,
                f"the same with {SMALL:,}", 1000 * again, unit="ms", at_most=1.3)  # fmt: skip


def _lists(places: Places, system: str, url: str, names: dict[str, str]) -> Iterator[Figure]:
    with served(places, url) as app, _bare(url) as bare:
        clients = {role: signed_in(app, names[role]) for role in PAGES}
        ours, base = best(
            partial(_get, clients["committee"], "/members"),
            partial(_get, bare.test_client(), "/"), times=TIMES,
        )  # fmt: skip
        counts = {
            f"{page} ({role})": _statements(app, clients[role], page)
            for role, pages in PAGES.items() for page in pages
        }  # fmt: skip
    yield ratio(f"Roster page of a committee, {system}", 1000 * ours,
                "one query and a table, Flask alone", 1000 * base,
                unit="ms", at_most=2.5)  # fmt: skip
    worst = sorted(counts, key=lambda page: -counts[page])
    over = sum(n > STATEMENTS for n in counts.values())
    told = ", ".join(f"{page} {counts[page]}" for page in worst[:4])
    yield Figure(
        f"SQL statements of {len(counts)} pages, {system}",
        f"most: {told}", "", f"{over} above", f"at most {STATEMENTS} each", over == 0,
    )  # fmt: skip


@contextmanager
def served(places: Places, url: str) -> Iterator[Flask]:
    """Serve the portal on `url`, with one page more that does a single primary-key SELECT."""
    settings = Settings(
        database=url, data_dir=places.folder, secret_key="s" * 32, master_key=KEY,
        secure_cookies=False, second_factor=False,
    )  # fmt: skip
    app = create_app(settings)

    @edge.page(Action.REPORT_VIEW)
    def one() -> str:
        held = edge.posts()[0]
        unit = edge.db().get_one(Unit, (held.tenant_id, held.id), populate_existing=True)
        return render_template_string("<!doctype html><h1>{{ name }}</h1>", name=unit.name)

    app.add_url_rule("/bench/one", "bench.one", one)
    yield app
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()
    sent_to = queue.find_queue()
    if sent_to is not None:
        sent_to.close()
    queue.put_in_place(None)


@contextmanager
def _bare(url: str) -> Iterator[Flask]:
    """Serve one page that makes one query and writes one table; nothing else is there."""
    app, engine = Flask("bare"), open_engine(url, owner=True)

    @app.get("/")
    def rows() -> str:
        with Session(engine) as session:
            found = session.scalars(select(Member).where(Member.tenant_id == 1).limit(20)).all()
            return render_template_string(LIST, rows=found)

    yield app
    engine.dispose()


def signed_in(app: Flask, name: str) -> FlaskClient:
    """Return a browser in which `name` is signed in."""
    client = app.test_client()
    form = {"username": name, "password": PASSWORD,
            "csrf_token": token_of(client.get("/sign-in").text)}  # fmt: skip
    assert client.post("/sign-in", data=form).status_code == 302, name
    return client


def _get(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)


def _statements(app: Flask, client: FlaskClient, address: str) -> int:
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    with app.app_context():
        engine = app.extensions["sqlalchemy"].engine
    address = client.get(address).location or address
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert client.get(address).status_code == 200, address
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(seen)
