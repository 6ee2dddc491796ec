"""A small city to walk through, a portal with nothing in it, and people at browsers."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from portal.app import create_app
from portal.core.database import open_engine
from tests.browser import city
from tests.browser.eyes import Eyes
from tests.web import world as made
from tests.web.conftest import let_go, settings
from tests.web.world import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext

    from portal.settings import Settings
    from tests.browser.city import Built, Site
    from tests.databases import SqliteFiles
    from tests.web.world import World

    Enter = Callable[[str], Eyes]

__all__ = ["settings"]


@pytest.fixture(scope="session")
def built(sqlite_files: SqliteFiles, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The demo, on disk."""
    return city.build(sqlite_files.fresh(), tmp_path_factory.mktemp("city"))


@pytest.fixture(scope="module")
def site(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo being served, as it was built, to the tests of one file."""
    with city.serve(built, tmp_path_factory.mktemp("site")) as served:
        yield served


@pytest.fixture(scope="module")
def titles() -> dict[str, str]:
    """The titles of the pages that were looked at, and which page had it."""
    return {}


@pytest.fixture
def stranger(site: Site, browser: Browser, titles: dict[str, str]) -> Iterator[Eyes]:
    """A browser in which nobody is signed in."""
    yield from _opened(site, browser, titles)


def _opened(site: Site, browser: Browser, titles: dict[str, str]) -> Iterator[Eyes]:
    context = browser.new_context(
        base_url=site.address, locale="zh-CN", timezone_id="Asia/Shanghai",
        viewport={"width": 1366, "height": 820},
    )  # fmt: skip
    page = context.new_page()
    page.set_default_timeout(15_000)
    eyes = Eyes(page, site.address, titles, log=site.log)
    yield eyes
    context.close()
    eyes.rest()


@pytest.fixture
def enter(site: Site, browser: Browser, titles: dict[str, str]) -> Iterator[Enter]:
    """A function that signs in the account of a role and shows its first page."""
    opened: list[Iterator[Eyes]] = []

    def sign_in(role: str) -> Eyes:
        opened.append(_opened(site, browser, titles))
        eyes = next(opened[-1])
        login = site.logins[role]
        eyes.page.goto("/sign-in")
        eyes.page.get_by_label("账号").fill(login.username)
        eyes.page.get_by_label("密码").fill(login.password)
        eyes.page.get_by_role("button", name="登录").click()
        eyes.page.wait_for_load_state()
        assert "/sign-in" not in eyes.page.url, role
        return eyes

    yield sign_in
    for each in opened:
        next(each, None)


@pytest.fixture
def server(settings: Settings) -> Iterator[tuple[str, World]]:
    """A portal on the test's own database; its address and who is in it."""
    app = create_app(settings)
    engine = open_engine(settings.database, owner=True)
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


class Visitor(Eyes):
    """Somebody at a browser in a portal without a campaign."""

    def sign_in(self, who: str) -> None:
        """Sign in as one of the world's people."""
        self.go("/sign-in")
        self.page.fill("#acc", who)
        self.page.fill("#pw", PASSWORD)
        self.page.click("button[type=submit]")

    def go(self, path: str) -> None:
        """Open a page."""
        self.page.goto(self.address + path)

    def look(self, name: str, *widths: int, again: bool = True) -> None:
        """Check the page shown, at once."""
        super().look(name, *widths, again=again)
        self.rest()


@pytest.fixture
def visitor(server: tuple[str, World], context: BrowserContext) -> Visitor:
    """A browser at the portal, nobody signed in."""
    return Visitor(context.new_page(), server[0])
