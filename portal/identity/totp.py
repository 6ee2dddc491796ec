"""One-time codes by time (RFC 6238: HMAC-SHA-1, six digits, half a minute). Pure."""

from __future__ import annotations

import base64
import hmac
import secrets
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from datetime import datetime

STEP, DIGITS, DRIFT = 30, 6, 1
SEED_BYTES = 20


def new_seed() -> str:
    """Return a fresh seed in base32, as apps take it."""
    return base64.b32encode(secrets.token_bytes(SEED_BYTES)).decode()


def step_at(at: datetime) -> int:
    """Return the number of the half minute that `at` falls into."""
    return int(at.timestamp()) // STEP


def code_of(seed: str, step: int) -> str:
    """Return the code of one time step.

    >>> code_of(base64.b32encode(b"12345678901234567890").decode(), 59 // 30)
    '287082'
    """
    digest = hmac.digest(base64.b32decode(seed), step.to_bytes(8, "big"), "sha1")
    at = digest[-1] & 15
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def plain(typed: str) -> str:
    """Return a code as it is compared: half-width, small, without blanks and dashes.

    >>> plain(" １２３ 456-７ ")
    '1234567'
    """
    text = unicodedata.normalize("NFKC", typed).casefold()
    return "".join(sign for sign in text if sign.isalnum())


def matching_step(seed: str, typed: str, at: datetime, used: int) -> int | None:
    """Return the step whose code was typed, at most one away and later than `used`, or None."""
    code, now = plain(typed).encode(), step_at(at)
    fits = [
        step
        for step in range(now - DRIFT, now + DRIFT + 1)
        if hmac.compare_digest(code_of(seed, step).encode(), code)
    ]
    return next((step for step in fits if step > used), None)


def address(seed: str, issuer: str, username: str) -> str:
    """Return the address that an app reads from the picture."""
    return (
        f"otpauth://totp/{quote(issuer)}:{quote(username)}?secret={seed}&issuer={quote(issuer)}"
        f"&algorithm=SHA1&digits={DIGITS}&period={STEP}"
    )
