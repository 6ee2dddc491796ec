"""Counting what was got wrong: per account, per address and in total (security.md A3).

In the database, so that all workers count together and a restart forgets nothing. An attempt on
an account takes its place in the count before the password is looked at: a hundred at once get
no more tries than one after another.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from portal.core import clock, crypto
from portal.identity.models import Throttle

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

NOBODY = 0
WINDOW = LOCK = timedelta(minutes=15)
# An office shares one address, and a city one portal: what locks these has to be more than what
# one forgetful person does.
LIMITS = {"account": 5, "address": 25, "total": 500}
_IPV6_NETWORK = 64


@dataclass(frozen=True, slots=True)
class Counters:
    """The three counts that an attempt belongs to."""

    account: bytes
    address: bytes
    total: bytes


def counters(username: str, address: str) -> Counters:
    """Return where an attempt counts; names and addresses themselves are not kept."""
    said = {"account": username, "address": _network(address), "total": ""}
    return Counters(**{
        kind: crypto.ring().digest("throttle.about", NOBODY, f"{kind}:{text}")
        for kind, text in said.items()
    })  # fmt: skip


def _network(address: str) -> str:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if known.version == 4:  # noqa: PLR2004
        return str(known)
    return str(ipaddress.ip_network((known, _IPV6_NETWORK), strict=False))


def take(session: Session, at: Counters) -> bool:
    """Take a place for one attempt; tell whether it may be made."""
    now = clock.now()
    shared = [_row(session, at.address, now), _row(session, at.total, now)]
    account = _row(session, at.account, now)
    if any(_locked(row, now) for row in (*shared, account)):
        return False
    _count(account, LIMITS["account"], now)
    account.since = now  # for one account the quarter of an hour runs from the last failure
    session.flush()
    return True


def failed(session: Session, at: Counters) -> bool:
    """Count a failure of an attempt that had its place; tell whether it locked the account."""
    now = clock.now()
    _count(_row(session, at.address, now), LIMITS["address"], now)
    _count(_row(session, at.total, now), LIMITS["total"], now)
    locked = _locked(_row(session, at.account, now), now)
    session.flush()
    return locked


def give_back(session: Session, at: Counters) -> None:
    """Give an attempt's place back: half the proof was right, the other half is to come."""
    row = _row(session, at.account, clock.now())
    row.failures = max(row.failures - 1, 0)
    if row.failures < LIMITS["account"]:
        row.locked_until = None
    session.flush()


def forget(session: Session, at: Counters) -> None:
    """Forget the failures of an account whose holder has proved who they are."""
    row = _row(session, at.account, clock.now())
    row.failures, row.locked_until = 0, None
    session.flush()


def _locked(row: Throttle, now: datetime) -> bool:
    return row.locked_until is not None and now < row.locked_until


def _count(row: Throttle, limit: int, now: datetime) -> None:
    row.failures += 1
    if row.failures >= limit and row.locked_until is None:
        row.locked_until = now + LOCK


def _row(session: Session, about: bytes, now: datetime) -> Throttle:
    """Return the count, made if need be and held until the transaction ends."""
    insert = (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert
    fresh = {"tenant_id": NOBODY, "about": about, "failures": 0, "since": now}
    session.execute(insert(Throttle).values(**fresh).on_conflict_do_nothing())
    row = session.scalars(
        select(Throttle)
        .where(Throttle.tenant_id == NOBODY, Throttle.about == about)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    over = row.locked_until <= now if row.locked_until else row.since + WINDOW <= now
    if over:
        row.failures, row.since, row.locked_until = 0, now, None
    return row
