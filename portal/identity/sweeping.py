"""Forgetting: sessions that ended long ago, and counts of failures that lock nobody any more."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, or_

from portal.core import clock
from portal.identity.models import SignIn, Throttle
from portal.identity.sessions import LONGEST
from portal.identity.throttle import WINDOW
from portal.scope import service as scope

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# As long as the log has to be at hand by law; so long, too, is a device known again.
KEPT = timedelta(days=184)


@scope.through(scope.Reason.SIGN_IN)
def sweep(session: Session) -> int:
    """Remove sessions that began too long ago and counts that say nothing; return how many."""
    now = clock.now()
    old = session.execute(
        delete(SignIn)
        .where(SignIn.started_at < now - KEPT - LONGEST)
        .execution_options(synchronize_session=False)
    )
    idle = session.execute(
        delete(Throttle)
        .where(
            Throttle.since < now - WINDOW,
            or_(Throttle.locked_until.is_(None), Throttle.locked_until < now),
        )
        .execution_options(synchronize_session=False)
    )
    return int(old.rowcount + idle.rowcount)  # type: ignore[attr-defined]
