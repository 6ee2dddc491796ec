"""Sealing single fields, and finding equal ones without opening them.

A cipher with a key per column, bound to table, column and row, so that a ciphertext moved to
another row does not open (security.md P2). Equality is searched by a keyed digest with a key of
its own (P3): an unkeyed digest of an ID number falls to a search of one county in a minute.

What is sealed or digested begins with five bytes that say how: one for the suite, four for the
name of the master key. So several keys and both suites can be in use while they are changed (P4).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from portal.core.suites import NONCE, SUITES, InvalidTag, Suite

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping

    from portal.core.suites import Aead

_KEY_ID = 4
_FIRST_LETTER = 0x20
HEADER = 1 + _KEY_ID
"""How many bytes say with what something was sealed."""

MASTER_BYTES = 32


class KeyMissing(RuntimeError):
    """No key has been put in place, or not the one a value was sealed with."""


class Keyring:
    """The master keys, by name; the first one seals, all of them open."""

    def __init__(self, masters: Mapping[str, bytes], suite: str = "aes") -> None:
        """Take 32-byte master keys by four-letter name, the one that seals first.

        Raises:
            ValueError: a key is not 32 bytes long, a name not four ASCII letters or digits, or
                there is no such suite.
        """
        for name, master in masters.items():
            named = name.isascii() and name.isalnum() and len(name) == _KEY_ID
            if len(master) != MASTER_BYTES or not named:
                raise ValueError("a master key has 32 bytes and a name of four letters")
        if not masters or suite not in SUITES:
            raise ValueError("no master key, or no such suite")
        self._masters = dict(masters)
        self.newest = next(iter(self._masters))
        self._suite = SUITES[suite]
        self._suites = {each.mark: each for each in SUITES.values()}
        self.header = self._suite.mark + self.newest.encode()
        self._derived = lru_cache(maxsize=256)(self._derive)
        self._cipher = lru_cache(maxsize=256)(self._make_cipher)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the keys, the one that seals first."""
        return tuple(self._masters)

    def _derive(self, suite: Suite, name: str, purpose: str) -> bytes:
        if name not in self._masters:
            raise KeyMissing(f"no master key {name!r}")
        return suite.derive(self._masters[name], f"sicha:{purpose}".encode())

    def _make_cipher(self, suite: Suite, name: str, place: str) -> Aead:
        return suite.aead(self._derived(suite, name, place))

    def derived(self, purpose: str) -> tuple[bytes, ...]:
        """Return a key for `purpose` from each master; the first one is of the newest."""
        aes = SUITES["aes"]
        return tuple(self._derived(aes, name, f"key:{purpose}") for name in self._masters)

    def seal(self, place: str, row: uuid.UUID, text: str) -> bytes:
        """Return `text` sealed for the column `place` (``table.column``) of the row `row`."""
        nonce = self._suite.nonce()
        cipher = self._cipher(self._suite, self.newest, place)
        bound = self.header + place.encode() + row.bytes
        return self.header + nonce + cipher.encrypt(nonce, text.encode(), bound)

    def open(self, place: str, row: uuid.UUID, sealed: bytes) -> str:
        """Return the text of `sealed`.

        Raises:
            KeyMissing: it was sealed with a key that is not here.
            InvalidTag: it was altered, or belongs to another column or row.
        """
        header, rest = split(sealed)
        suite = self._suites.get(header[:1] if len(header) == HEADER else SUITES["aes"].mark)
        if suite is None:
            raise InvalidTag
        name = header[-_KEY_ID:].decode("latin-1")
        # What was sealed before there were two suites is bound to its place alone.
        bound = (header if len(header) == HEADER else b"") + place.encode() + row.bytes
        cipher = self._cipher(suite, name, place)
        if len(rest) < NONCE:
            raise InvalidTag
        return cipher.decrypt(rest[:NONCE], rest[NONCE:], bound).decode()

    def digest(self, place: str, tenant_id: int, text: str) -> bytes:
        """Return the keyed digest under which a text of one tenant's column is kept."""
        return self.header + self._digest(self._suite, self.newest, place, tenant_id, text)

    def digests(self, place: str, tenant_id: int, text: str) -> tuple[bytes, ...]:
        """Return every keyed digest under which the text may be kept until keys are changed."""
        found = [self.digest(place, tenant_id, text)]
        for suite in self._suites.values():
            for name in self._masters:
                plain = self._digest(suite, name, place, tenant_id, text)
                found.append(suite.mark + name.encode() + plain)
                if suite.name == "aes":
                    found.append(plain)  # as they were kept before they said with what
        return tuple(dict.fromkeys(found))

    def _digest(self, suite: Suite, name: str, place: str, tenant_id: int, text: str) -> bytes:
        key = self._derived(suite, name, f"index:{place}")
        return suite.mac(key, f"{tenant_id}:{text}".encode())[:16]

    def is_newest(self, kept: bytes) -> bool:
        """Tell whether something sealed or digested was so with the key and suite of today."""
        return kept[:HEADER] == self.header

    def check_value(self, name: str) -> bytes:
        """Return what proves that a key is the one of that name, and tells nothing about it."""
        aes = SUITES["aes"]
        return aes.mac(self._derived(aes, name, "check"), b"sicha")[:16]


def split(sealed: bytes) -> tuple[bytes, bytes]:
    """Return the header of something sealed, and the rest."""
    size = _KEY_ID if sealed[:1] >= bytes([_FIRST_LETTER]) else HEADER
    return sealed[:size], sealed[size:]


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
