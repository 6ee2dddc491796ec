"""Telling a file by what stands in it: keyed digests of its long cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.core import crypto
from portal.members import tidy

if TYPE_CHECKING:
    from collections.abc import Iterable

SIZE = 8
_LONG_ENOUGH = 8
_PLACE = "export.prints"


def of_cells(tenant_id: int, texts: Iterable[str]) -> bytes:
    """Return the digests of every text long enough to say something, sorted, each once.

    Keyed, so that nobody finds an ID number by trying.
    """
    ring = crypto.ring()
    long = {tidy.folded(text) for text in texts if len(text) >= _LONG_ENOUGH}
    digests = {ring.digest(_PLACE, tenant_id, text)[:SIZE] for text in long}
    return b"".join(sorted(digests))


def apart(prints: bytes) -> set[bytes]:
    """Return digests written one after the other as a set."""
    return {prints[at : at + SIZE] for at in range(0, len(prints), SIZE)}
