"""The door of this part: what others may call, gathered from its modules."""

from __future__ import annotations

from portal.identity.factors import check, confirm, has_factor, propose, reset
from portal.identity.models import Channel, SignIn, Stage
from portal.identity.proving import (
    Attempt,
    begin,
    fail,
    fits,
    half,
    next_stage,
    proved,
    succeed,
    welcome,
)
from portal.identity.sessions import (
    SEEN_EVERY,
    Visit,
    end,
    find,
    find_by_id,
    finish,
    is_fresh,
    keep,
    renew,
    sessions_of,
    start,
)
from portal.identity.totp import address
from portal.identity.visitors import device_of

__all__ = [
    "SEEN_EVERY", "Attempt", "Channel", "SignIn", "Stage", "Visit", "address",
    "begin", "check", "confirm", "device_of", "end", "fail", "find", "find_by_id", "finish",
    "fits", "half", "has_factor", "is_fresh", "keep", "next_stage", "propose", "proved", "renew",
    "reset", "sessions_of", "start", "succeed", "welcome",
]  # fmt: skip
