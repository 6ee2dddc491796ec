"""The door of this part: what others may call, gathered from its modules."""

from __future__ import annotations

from portal.identity.factors import check, confirm, has_factor, propose, reset
from portal.identity.models import Channel, SignIn, Stage
from portal.identity.outside import ELSEWHERE, RETURN, BadOutside, is_safe_address
from portal.identity.outside import faults as outside_faults
from portal.identity.outside import in_place as outside
from portal.identity.outside import put_in_place as put_outside
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
    FRESH,
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
from portal.identity.sweeping import sweep
from portal.identity.totp import address
from portal.identity.visitors import device_of

__all__ = [
    "ELSEWHERE", "FRESH", "RETURN", "SEEN_EVERY", "Attempt", "BadOutside", "Channel", "SignIn",
    "Stage", "Visit", "address", "begin", "check", "confirm", "device_of", "end", "fail", "find",
    "find_by_id", "finish", "fits", "half", "has_factor", "is_fresh", "is_safe_address", "keep",
    "next_stage", "outside", "outside_faults", "propose", "proved", "put_outside", "renew",
    "reset", "sessions_of", "start", "succeed", "sweep", "welcome",
]  # fmt: skip
