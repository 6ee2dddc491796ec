"""Where uploads and exports lie: sealed, under random names, in folders no web server shows."""

from __future__ import annotations

import base64
import secrets
import time
from typing import TYPE_CHECKING

from portal.core import crypto
from portal.settings import Settings

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection
    from pathlib import Path

_DAY = 24 * 3600


class Store:
    """A folder of sealed files."""

    def __init__(self, folder: Path, place: str) -> None:
        """Take the folder, and the place for which its files are sealed."""
        self._folder, self._place = folder, place

    def put(self, row: uuid.UUID, data: bytes) -> str:
        """Keep `data` for the row with that id and return the name it is kept under."""
        name = secrets.token_hex(16)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sealed = crypto.ring().seal(self._place, row, base64.b64encode(data).decode())
        file = self._folder / name
        part = self._folder / f"{name}.part"
        part.touch(mode=0o600)
        part.write_bytes(sealed)
        part.replace(file)
        return name

    def get(self, row: uuid.UUID, name: str) -> bytes | None:
        """Return what was kept under `name` for that row, or None once it has been purged."""
        file = self._folder / name
        if not file.is_file():
            return None
        return base64.b64decode(crypto.ring().open(self._place, row, file.read_bytes()))

    def remove(self, name: str) -> None:
        """Remove what was kept under `name`, if it is there."""
        (self._folder / name).unlink(missing_ok=True)

    def remove_strays(self, kept: Collection[str]) -> int:
        """Remove files older than a day of which no row knows: left by a crash; return how many."""
        before, removed = time.time() - _DAY, 0
        for file in self._folder.glob("*") if self._folder.is_dir() else ():
            if file.name not in kept and file.stat().st_mtime < before:
                file.unlink(missing_ok=True)
                removed += 1
        return removed


_stores: dict[str, Store] = {}


def put_in_place(folder: Path) -> None:
    """Make ``uploads`` and ``exports`` in `folder` the places of this process's files."""
    _stores["uploads"] = Store(folder / "uploads", "upload.file")
    _stores["exports"] = Store(folder / "exports", "export.file")


def store() -> Store:
    """Return the store of uploads; where none was put in place, that of the settings."""
    return _named("uploads")


def exports() -> Store:
    """Return the store of files made to be taken away."""
    return _named("exports")


def _named(name: str) -> Store:
    if name not in _stores:
        put_in_place(Settings().data_dir)
    return _stores[name]
