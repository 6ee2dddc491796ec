"""Sealing single fields, and finding equal ones without opening them.

AES-256-GCM with a key per column, bound to table, column and row, so that a ciphertext moved to
another row does not open (security.md P2). Equality is searched by a keyed digest with a key of
its own (P3): an unkeyed digest of an ID number falls to a search of one county in a minute.
"""

from __future__ import annotations

import hmac
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping

_KEY_ID, _NONCE = 4, 12


class KeyMissing(RuntimeError):
    """No key has been put in place, or not the one a value was sealed with."""


class Keyring:
    """The master keys, by id; the newest seals, all of them open."""

    def __init__(self, masters: Mapping[str, bytes]) -> None:
        """Take 32-byte master keys by four-letter id; the last one given seals.

        Raises:
            ValueError: a key is not 32 bytes long or an id not four ASCII letters.
        """
        for name, master in masters.items():
            if len(master) != 32 or len(name.encode()) != _KEY_ID:  # noqa: PLR2004
                raise ValueError("a master key has 32 bytes and a name of four letters")
        self._masters = dict(masters)
        self._newest = next(reversed(self._masters))
        self._derived = lru_cache(maxsize=256)(self._derive)
        self._cipher = lru_cache(maxsize=256)(self._make_cipher)

    def _derive(self, name: str, purpose: str) -> bytes:
        if name not in self._masters:
            raise KeyMissing(f"no master key {name!r}")
        kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"sicha:{purpose}".encode())
        return kdf.derive(self._masters[name])

    def _make_cipher(self, name: str, place: str) -> AESGCM:
        return AESGCM(self._derived(name, place))

    def derived(self, purpose: str) -> tuple[bytes, ...]:
        """Return a key for `purpose` from each master; the last one is of the newest."""
        return tuple(self._derived(name, f"key:{purpose}") for name in self._masters)

    def seal(self, place: str, row: uuid.UUID, text: str) -> bytes:
        """Return `text` sealed for the column `place` (``table.column``) of the row `row`."""
        nonce = secrets.token_bytes(_NONCE)
        cipher = self._cipher(self._newest, place)
        sealed = cipher.encrypt(nonce, text.encode(), place.encode() + row.bytes)
        return self._newest.encode() + nonce + sealed

    def open(self, place: str, row: uuid.UUID, sealed: bytes) -> str:
        """Return the text of `sealed`.

        Raises:
            KeyMissing: it was sealed with a key that is not here.
            InvalidTag: it was altered, or belongs to another column or row.
        """
        name, nonce = sealed[:_KEY_ID].decode(), sealed[_KEY_ID : _KEY_ID + _NONCE]
        cipher = self._cipher(name, place)
        return cipher.decrypt(
            nonce, sealed[_KEY_ID + _NONCE :], place.encode() + row.bytes
        ).decode()

    def digest(self, place: str, tenant_id: int, text: str) -> bytes:
        """Return the keyed digest by which equal texts of one tenant's column are found."""
        first = next(iter(self._masters))
        key = self._derived(first, f"index:{place}")
        return hmac.digest(key, f"{tenant_id}:{text}".encode(), "sha256")[:16]


_ring: Keyring | None = None


def put_in_place(ring: Keyring) -> None:
    """Make `ring` the one that sealed columns use in this process."""
    global _ring  # noqa: PLW0603  one ring per process, set once by whoever starts it
    _ring = ring


def ring() -> Keyring:
    """Return the ring in place.

    Raises:
        KeyMissing: nobody put one in place; nothing is ever written unsealed instead.
    """
    if _ring is None:
        raise KeyMissing("no keyring in place")
    return _ring


class Sealed:
    """An attribute that reads and writes text through a sealed column of the same row.

    ``phone = Sealed("phone_sealed")`` beside ``phone_sealed: Mapped[SealedBytes | None]``. With
    `index` given, the keyed digest of the text is kept in that column as well.
    """

    def __init__(self, column: str, index: str | None = None) -> None:
        self._column, self._index = column, index

    def __get__(self, row: Any, owner: Any = None) -> Any:
        if row is None:
            return self
        sealed = getattr(row, self._column)
        if sealed is None:
            return None
        return ring().open(f"{row.__tablename__}.{self._column}", row.id, sealed)

    def __set__(self, row: Any, text: str | None) -> None:
        place = f"{row.__tablename__}.{self._column}"
        setattr(row, self._column, None if not text else ring().seal(place, row.id, text))
        if self._index is not None:
            digest = None if not text else ring().digest(place, row.tenant_id, text)
            setattr(row, self._index, digest)
