"""By a provider into the portal and back to a form that waits, in a real browser."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from portal.core import clock
from portal.core.database import open_engine
from portal.identity.models import SignIn
from tests.browser.conftest import Visitor
from tests.certificates import certificate
from tests.provider import Provider
from tests.web import world as made
from tests.web.test_provider import opened, told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser
    from werkzeug.serving import BaseWSGIServer

    from portal.settings import Settings


@contextmanager
def serving(http: BaseWSGIServer) -> Iterator[None]:
    """Serve until the block ends."""
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.mark.browser
def test_one_comes_in_by_a_provider_and_proves_oneself_in_a_second_tab(
    settings: Settings, tmp_path: Path, browser: Browser
):
    paper = certificate(tmp_path, "localhost")
    http = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    address = f"http://127.0.0.1:{http.server_port}"
    back = f"{address}/sign-in/outside/return"
    provider = Provider(back, str(paper.certificate), str(paper.key))
    provider.person = {"preferred_username": "committee"}
    with provider, opened(told(settings, provider, paper, oidc_return=back)) as app:
        http.app = app
        engine = open_engine(settings.database, owner=True)
        with Session(engine) as session:
            person = made.build(session).people["clerk"].id
        with serving(http):
            context = browser.new_context(ignore_https_errors=True, locale="zh-CN")
            visitor = Visitor(context.new_page(), address)
            visitor.go("/sign-in?next=/me")
            visitor.look("outside-sign-in", 1366, 390)
            visitor.page.get_by_role("link", name="用单位统一身份登录").click()
            visitor.page.wait_for_url(f"{address}/me")
            [gone] = visitor.faults  # the one foreign place, and the one time it is gone to
            assert gone.startswith(f"foreign: {provider.issuer}/authorize?")
            visitor.faults.clear()
            with Session(engine) as session:
                old = clock.now() - timedelta(minutes=10)
                session.execute(update(SignIn).values(proved_at=old))
                session.commit()
            visitor.go(f"/users/{person}")
            visitor.page.locator(f"form[action='/users/{person}/account'] button").first.click()
            visitor.look("outside-prove", 1366, 390, again=False)
            with context.expect_page() as tab:
                visitor.page.get_by_role("link", name="到统一身份再登录一次").click()
            tab.value.wait_for_url(f"{address}/me/prove/done")
            visitor.page.get_by_role("button", name="已登录，继续").click()
            visitor.page.wait_for_load_state()
            assert "请再次验证身份" not in visitor.page.content()
            context.close()
        engine.dispose()
