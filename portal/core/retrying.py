"""A unit of work that is begun again when the database asks for it (security.md W9)."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from portal.core.database import transaction
from portal.core.errors import Overtaken

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

T = TypeVar("T")

TIMES = 5
SECONDS = 20.0  # nobody waits longer for a page
# Serialization failure, deadlock, lock not available: gone when tried again.
_PASSING = frozenset({"40001", "40P01", "55P03"})


def unit_of_work(session: Session, work: Callable[[Session], T]) -> T:
    """Do `work` in one transaction, again from the start when it collided with another.

    `work` does everything anew each time: it reads what it decides on, and leaves nothing
    behind outside of the database.

    Raises:
        Overtaken: what it writes exists already, however often it is tried.
        OperationalError: the database stays busy.
    """
    began = time.monotonic()
    for attempt in range(1, TIMES + 1):
        try:
            with transaction(session):
                return work(session)
        except (OperationalError, IntegrityError) as error:
            late = attempt == TIMES or time.monotonic() - began > SECONDS
            if late and isinstance(error, IntegrityError):
                raise Overtaken from error
            if late or not is_passing(error):
                raise
            time.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311  no secret
    raise AssertionError  # the last attempt returned or raised


def is_passing(error: DBAPIError) -> bool:
    """Tell whether an error of the database may be gone when the work is done again."""
    if isinstance(error, IntegrityError):
        return True
    if getattr(error.orig, "sqlstate", None) in _PASSING:
        return True
    return "database is locked" in str(error.orig)
