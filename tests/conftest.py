"""Fixtures for all tests: databases, keys, a browser; and what to do without them.

PORTAL_TEST_DATABASE=postgres runs everything that uses `session` or `engine` on PostgreSQL;
PORTAL_TEST_PARTITIONED=1 does so with tables partitioned by tenant.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy.orm import Session

from portal.core import crypto
from portal.core.database import open_engine
from tests import cluster, machine, nowhere
from tests.databases import PostgresCopies, SqliteFiles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

PARTITIONED = os.environ.get("PORTAL_TEST_PARTITIONED") == "1"
DATABASE = "postgres" if PARTITIONED else os.environ.get("PORTAL_TEST_DATABASE", "sqlite")
_LEFT_OUT = "left out: "

# A test is about what holds, not about how fast a shared machine happens to be.
settings.register_profile("sicha", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("sicha")

nowhere.keep_here()


def _needs(item: pytest.Item) -> set[str]:
    fixtures = getattr(item, "fixturenames", ())
    needs = {name for name in machine.NEEDS if item.get_closest_marker(name)}
    needs |= {need for name, need in machine.NEED_OF_FIXTURE.items() if name in fixtures}
    on_postgres = {"session", "engine", "fresh_url"} & set(fixtures) and DATABASE == "postgres"
    return needs | ({"postgres"} if on_postgres else set())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out, aloud, what this machine has no programs for."""
    for item in items:
        for need in sorted(_needs(item)):
            item.add_marker(need)
            if not machine.NEEDS[need].here and not machine.REQUIRE_ALL:
                item.add_marker(pytest.mark.skip(reason=f"{_LEFT_OUT}{need}"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail instead where everything has to run."""
    missing = [need for need in sorted(_needs(item)) if not machine.NEEDS[need].here]
    if missing and machine.REQUIRE_ALL:
        pytest.fail(f"PORTAL_REQUIRE_ALL=1 and no {', '.join(missing)} on this machine")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which tests were left out, and the one line that gets what they need."""
    reasons = [
        str(report.longrepr[2]).partition(_LEFT_OUT)[2]
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple) and _LEFT_OUT in report.longrepr[2]
    ]
    if not reasons:
        return
    terminalreporter.section("left out on this machine")
    for need in sorted(set(reasons)):
        words = machine.NEEDS[need].words
        terminalreporter.line(f"tests that need {words}: {reasons.count(need)}")
    packages = " ".join(machine.NEEDS[need].packages for need in sorted(set(reasons)))
    terminalreporter.line(f"To run them: apt-get install --no-install-recommends {packages}")


@pytest.fixture(scope="session", autouse=True)
def keyring() -> crypto.Keyring:
    """Put a keyring in place; the same in every run and in every app, and worth nothing."""
    ring = crypto.Keyring({"key1": b"sicha".ljust(32, b".")})
    crypto.put_in_place(ring)
    return ring


@pytest.fixture(autouse=True)
def keys_put_back(keyring: crypto.Keyring) -> Iterator[None]:
    """Leave no test the keys of the one before it, whose commands may have made their own."""
    yield
    crypto.put_in_place(keyring)


@pytest.fixture(scope="session")
def sqlite_files(tmp_path_factory: pytest.TempPathFactory) -> SqliteFiles:
    """A maker of fresh SQLite databases."""
    return SqliteFiles(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server for this run; its URL without a database name."""
    programs = machine.postgres_programs()
    assert programs is not None
    with cluster.running(programs) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_copies(postgres_server: str) -> PostgresCopies:
    """A maker of fresh PostgreSQL databases."""
    return PostgresCopies(postgres_server, partitioned=PARTITIONED)


def _databases(request: pytest.FixtureRequest, kind: str) -> Iterator[str]:
    maker = request.getfixturevalue("postgres_copies" if kind == "postgres" else "sqlite_files")
    url = maker.fresh()
    yield url
    maker.drop(url)


@pytest.fixture
def fresh_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database with every table and no row: SQLite, or as the switches say."""
    yield from _databases(request, DATABASE)


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a PostgreSQL database with every table and no row."""
    yield from _databases(request, "postgres")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database with every table and no row, once on each of the two systems."""
    yield from _databases(request, request.param)


@pytest.fixture
def engine(fresh_url: str) -> Iterator[Engine]:
    """An engine on a fresh database."""
    engine = open_engine(fresh_url, owner=True)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session on a fresh database."""
    with Session(engine) as session:
        yield session


@pytest.fixture
def pg_session(postgres_url: str) -> Iterator[Session]:
    """A session on a fresh PostgreSQL database."""
    engine = open_engine(postgres_url, owner=True)
    with Session(engine) as session:
        yield session
    engine.dispose()


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Start the system's Chromium, also as root and in a small container."""
    return {
        "executable_path": machine.chromium(),
        "args": ["--no-sandbox", "--disable-dev-shm-usage"],
    }


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    """Look as a clerk in China does."""
    return {
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "viewport": {"width": 1366, "height": 768},
    }
