"""Whole numbers that a form or an address gives: nonsense is 0, which nothing has."""

from __future__ import annotations

from flask import request

_DIGITS = 9  # more than that fits no column and no page


def whole(text: str) -> int:
    """Return the number that `text` writes in decimal digits, else 0."""
    fits = text.isascii() and text.isdigit() and len(text) <= _DIGITS
    return int(text) if fits else 0


def version() -> int:
    """Return the version of the row that the form was filled in for."""
    return whole(request.form.get("version", ""))
