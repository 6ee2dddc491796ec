"""What is known of who knocks: from which address, and with what. Pure."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def address_of(peer: str, forwarded: str, trusted: Sequence[str]) -> str:
    """Return who calls: the peer, or whom the nearest trusted proxies say they call for.

    >>> address_of("10.0.0.1", "6.6.6.6, 203.0.113.9", ["10.0.0.0/8"])
    '203.0.113.9'
    >>> address_of("203.0.113.9", "6.6.6.6", ["10.0.0.0/8"])
    '203.0.113.9'
    """
    way = [*(each.strip() for each in forwarded.split(",") if each.strip()), peer]
    for address in reversed(way):
        if not _is_trusted(address, trusted):
            return address[:45]
    return way[0][:45]


def _is_trusted(address: str, trusted: Sequence[str]) -> bool:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(known in ipaddress.ip_network(each, strict=False) for each in trusted)
