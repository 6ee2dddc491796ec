"""A portal behind a real socket, and a browser that looks at it closely."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from portal.app import create_app
from portal.core.database import open_engine
from portal.web.shell import STATIC
from tests.web import world as made
from tests.web.conftest import let_go, settings
from tests.web.world import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Page, Response

    from portal.settings import Settings
    from tests.web.world import World

SCREENS = Path(__file__).resolve().parents[2] / "build" / "screens"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
AXE = f"axe.run(document, {{runOnly: {list(RULES)}}})"

__all__ = ["settings"]


@pytest.fixture
def server(settings: Settings) -> Iterator[tuple[str, World]]:
    """A portal on the test's own database; its address and who is in it."""
    app = create_app(settings)
    engine = open_engine(settings.database)
    with Session(engine) as session:
        world = made.build(session)
    engine.dispose()
    http = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{http.server_port}", world
    http.shutdown()
    thread.join()
    http.server_close()
    let_go(app)


@dataclass
class Visitor:
    """Somebody at a browser. Everything a page must never do is noted in `faults`."""

    page: Page
    address: str
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("console", lambda said: self._heard(said.type, said.text))
        self.page.on("response", self._answered)

    def _heard(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and "Failed to load resource" not in text:
            self.faults.append(f"console: {text}")

    def _answered(self, response: Response) -> None:
        if not response.url.startswith((self.address, "data:")):
            self.faults.append(f"foreign: {response.url}")
        if response.status >= 500 or (response.status == 404 and "/static/" in response.url):
            self.faults.append(f"{response.status}: {response.url}")

    def sign_in(self, who: str) -> None:
        """Sign in as one of the world's people."""
        self.go("/sign-in")
        self.page.fill("#acc", who)
        self.page.fill("#pw", PASSWORD)
        self.page.click("button[type=submit]")

    def go(self, path: str) -> None:
        """Open a page."""
        self.page.goto(self.address + path)

    def look(self, name: str, *widths: int) -> None:
        """Keep a picture of the page at each width, and check what holds for every page."""
        SCREENS.mkdir(parents=True, exist_ok=True)
        for width in widths or (1366, 390):
            self.page.set_viewport_size({"width": width, "height": 844 if width < 768 else 820})
            self.page.wait_for_load_state("load")
            self.page.screenshot(path=SCREENS / f"{name}_{width}.png")
            self._check(f"{name} at {width}")
        assert not self.faults, self.faults

    def _check(self, where: str) -> None:
        sideways = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert sideways <= 0, f"{where} scrolls sideways by {sideways}"
        self.page.evaluate((STATIC / "vendor" / "axe.min.js").read_text(encoding="utf-8"))
        found: list[dict[str, Any]] = self.page.evaluate(AXE)["violations"]
        told = [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found]
        assert not told, f"{where}: {told}"


@pytest.fixture
def visitor(server: tuple[str, World], context: BrowserContext) -> Visitor:
    """A browser at the portal, nobody signed in."""
    return Visitor(context.new_page(), server[0])
