"""Small worlds for tests of reporting: a tree, its people and a campaign, played up to a point."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from portal.organizations import service as organizations
from portal.rehearsal.play import Play, Script

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.organizations.models import Unit

SMALL = """code,name,level,parent
99,试点市,city,
9901,东区,district,99
990101,河街道,street,9901
990102,山街道,street,9901
990101001,河一社区居委会,village,990101
990101002,河二村委会,village,990101
990102001,山一社区居委会,village,990102
"""

BEFORE_THE_DEADLINE = datetime(2026, 11, 24, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
AFTER_THE_DEADLINE = datetime(2026, 11, 27, 10, tzinfo=ZoneInfo("Asia/Shanghai"))


def play(
    session: Session, until: str, *, members: int = 40, tree: str = SMALL, seed: int = 7,
    returns: float = 0.0, late: float = 0.0,
) -> Play:  # fmt: skip
    """Play a rehearsal on `tree` up to the stage `until` and return it, actors and all."""
    script = Script("four-checks", members, seed, returns=returns, late=late, until=until)
    played = Play(session, 1, script)
    played.run(organizations.read(tree.encode(), "tree.csv").rows)
    return played


def unit(played: Play, code: str) -> Unit:
    """Return the unit with that code."""
    return next(each for each in played.units if each.code == code)
