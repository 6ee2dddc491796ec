"""What it costs before anything is done: starting, and the bytes of the first page."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from benchmarks.cities import City
from benchmarks.measures import Figure, plain, ratio, seconds
from benchmarks.pages import served, signed_in
from portal.core.database import open_engine
from tests.web.conftest import KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

    from benchmarks.places import Places

_ASSET = re.compile(r'(?:href|src)="(/static/[^"#]+)')
BARE = "import flask_appbuilder, flask_appbuilder.security.sqla.manager, sqlalchemy.orm"


def figures(places: Places) -> Iterator[Figure]:
    """Measure starting and weight; on SQLite, for neither asks the database much."""
    url = places.fresh("SQLite")
    engine = open_engine(url, owner=True)
    with Session(engine) as session:
        names = City(session, 2, 5).build().open_doors()
    engine.dispose()
    yield from _start(places, url)
    with served(places, url) as app:
        for page in ("/me", "/work"):
            client = signed_in(app, names["branch"])
            own, files = _weigh(client, page)
            yield plain(f"Files of {page}, gzipped", files, "KB", at_most=75)
            yield Figure(f"HTML of {page}, gzipped", f"{own:.1f} KB", "", "", "", None)
    if places.full:
        folder = places.folder / "demo"
        demo = [sys.executable, "-m", "portal.cli", "demo", "--no-serve", "--data", str(folder)]
        yield plain("portal demo, from nothing", seconds(lambda: _run(demo, {})), "s", at_most=20)


def _start(places: Places, url: str) -> Iterator[Figure]:
    settings = {
        "PORTAL_DATABASE": url, "PORTAL_DATA_DIR": str(places.folder), "PORTAL_MASTER_KEY": KEY,
        "PORTAL_SECRET_KEY": "s" * 32,
    }  # fmt: skip
    start = [sys.executable, "-c", "import portal.app; portal.app.create_app()"]
    ours = min(seconds(lambda: _run(start, settings)) for _ in range(3))
    bare = min(seconds(lambda: _run([sys.executable, "-c", BARE], {})) for _ in range(3))
    yield ratio("Start-up", ours, "importing FAB and SQLAlchemy alone", bare, unit="s",
                limit=3)  # fmt: skip


def _run(command: list[str], settings: dict[str, str]) -> None:
    subprocess.run(command, check=True, env=os.environ | settings, capture_output=True)


def _weigh(client: FlaskClient, page: str) -> tuple[float, float]:
    """Return the KB of the page itself, and of every file that it names."""
    text = client.get(page).text
    files = sorted(set(_ASSET.findall(text)))
    return _kilobytes(text.encode()), sum(_kilobytes(client.get(each).data) for each in files)


def _kilobytes(data: bytes) -> float:
    return len(gzip.compress(data, 6)) / 1024
