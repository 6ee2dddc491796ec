"""A small city to walk through, and people who are signed in to it in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser import city
from tests.browser.eyes import Eyes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    from tests.browser.city import Built, Site
    from tests.databases import SqliteFiles

    Enter = Callable[[str], Eyes]

pytestmark = pytest.mark.browser


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
    eyes = Eyes(page, site.address, titles)
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
