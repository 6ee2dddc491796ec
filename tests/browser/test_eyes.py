"""The eyes themselves: what is wrong on a page is seen, or the other tests would prove nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.eyes import Eyes

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
BAD = """<!doctype html><html><head><title>Bad</title></head><body><main>
<img src="data:,"><p style="color:#bbb;background:#fff">pale</p>
<div style="width:3000px">wide</div><img alt="" src="http://127.0.0.1:1/far.png">
<script>console.error("loud")</script></main></body></html>"""


def test_every_fault_of_a_bad_page_is_seen(page: Page):
    eyes = Eyes(page, "http://localhost", {"Bad": "another"})
    page.set_content(BAD)
    eyes.look("bad")
    seen = "\n".join(eyes.faults)
    for fault in ("image-alt", "color-contrast", "html-has-lang", "page-has-heading-one",
                  "sideways", "foreign", "loud", "is that of another"):  # fmt: skip
        assert fault in seen, fault
    with pytest.raises(AssertionError):
        eyes.rest()
