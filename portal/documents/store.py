"""Where uploads and exports lie: sealed, under random names, in folders no web server shows."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING

from portal.core import clock, crypto
from portal.settings import Settings

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection
    from pathlib import Path

_A_DAY = 24 * 3600


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

    def header(self, name: str) -> bytes | None:
        """Return the bytes that say with what a file is sealed, or None if it is not there."""
        file = self._folder / name
        if not file.is_file():
            return None
        with file.open("rb") as opened:
            return opened.read(crypto.HEADER)

    def seal_anew(self, row: uuid.UUID, name: str) -> bool:
        """Seal a file with the newest key, in its place; tell whether there was need to."""
        head = self.header(name)
        if head is None or crypto.ring().is_newest(head):
            return False
        file, beside = self._folder / name, self._folder / f"{name}.new"
        text = crypto.ring().open(self._place, row, file.read_bytes())
        beside.touch(mode=0o600)
        beside.write_bytes(crypto.ring().seal(self._place, row, text))
        beside.replace(file)
        return True

    def remove_strays(self, known: Collection[str]) -> int:
        """Remove files a day old that are none of `known`; return how many."""
        if not self._folder.is_dir():
            return 0
        strays = [
            file
            for file in self._folder.iterdir()
            if file.name not in known
            and clock.now().timestamp() - file.stat().st_mtime > _A_DAY
        ]  # fmt: skip
        for file in strays:
            file.unlink(missing_ok=True)
        return len(strays)

    def remove(self, name: str) -> None:
        """Remove what was kept under `name`, if it is there."""
        (self._folder / name).unlink(missing_ok=True)


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
