"""Comma-separated text that no spreadsheet program takes for a formula (security.md U6)."""

from __future__ import annotations

_STARTS = tuple("=+-@\t\r\n\0＝＋－＠")


def harmless(text: str) -> str:
    """Return `text` so that a spreadsheet program shows it instead of computing it.

    >>> harmless("=1+1"), harmless("B01")
    ("'=1+1", 'B01')
    """
    return f"'{text}" if text.startswith(_STARTS) else text
