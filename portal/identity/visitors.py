"""What is known of who knocks: from which address, and with what. Pure."""

from __future__ import annotations

import re

_BROWSERS = (
    ("Edg", "Edge"), ("MicroMessenger", "微信"), ("QQBrowser", "QQ浏览器"), ("Firefox", "Firefox"),
    ("Chrome", "Chrome"), ("Safari", "Safari"), ("curl", "curl"), ("python", "Python"),
    ("Werkzeug", "Werkzeug"),
)  # fmt: skip
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS", "macOS"), ("Kylin", "麒麟"), ("UOS", "统信"), ("Linux", "Linux"),
)  # fmt: skip
UNKNOWN = "?"


def device_of(agent: str) -> str:
    """Return browser and system, no more: enough to know one's own again.

    >>> device_of("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36")
    'Chrome · Windows'
    """
    named = [
        next((name for sign, name in table if re.search(sign, agent, re.IGNORECASE)), UNKNOWN)
        for table in (_BROWSERS, _SYSTEMS)
    ]
    return " · ".join(named)
