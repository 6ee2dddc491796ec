"""Where the ways to ask for rows (`reading`) and to change them (`writing`) are noted.

Each takes a session bound to the clerk of branch B1 and tries for what lies at B2. What comes
back is searched for the names of B2's people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portal.members.models import Member

if TYPE_CHECKING:
    from tests.scope.conftest import Walled

TABLE = Member.__table__

READS: dict[str, Any] = {}
WRITES: dict[str, Any] = {}


def reads(shape: Any) -> Any:
    """Note a way to read; its name is its sentence."""
    READS[shape.__name__] = shape
    return shape


def writes(shape: Any) -> Any:
    """Note a way to write."""
    WRITES[shape.__name__] = shape
    return shape


def key(walled: Walled) -> tuple[int, Any]:
    """Return the key of a member of the other branch."""
    return 1, walled.members["戊一乙"]
