"""A sealed stream: chunks of AES-256-GCM under a key from a passphrase, in order and to the end.

Each chunk is bound to its number and to whether it is the last, so that one taken out, swapped
or cut off is noticed as surely as a flipped bit.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from portal.core.errors import Invalid, Problem
from portal.core.words import Words

if TYPE_CHECKING:
    from typing import BinaryIO

MAGIC = b"SICHA-BACKUP-1\n"
CHUNK = 1024 * 1024
_SALT, _PREFIX, _TAG = 16, 7, 16

BROKEN = Words(
    "这个备份打不开：口令不对，或文件不完整、被改过。没有恢复任何内容",
    "This backup does not open: another passphrase, or the file is cut or altered. Nothing was "
    "restored",
)


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(passphrase.encode()))


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])


class Sealer:
    """Writes what it is given, sealed, to a file."""

    def __init__(self, out: BinaryIO, passphrase: str) -> None:
        self._out, self._number, self._held = out, 0, bytearray()
        salt, self._prefix = os.urandom(_SALT), os.urandom(_PREFIX)
        self._cipher = _cipher(passphrase, salt)
        out.write(MAGIC + salt + self._prefix)

    def write(self, data: bytes) -> int:
        """Take `data`; whole chunks are written."""
        self._held += data
        while len(self._held) > CHUNK:
            self._put(bytes(self._held[:CHUNK]), last=False)
            del self._held[:CHUNK]
        return len(data)

    def close(self) -> None:
        """Write the last chunk and see the file onto the disk."""
        self._put(bytes(self._held), last=True)
        self._out.flush()
        os.fsync(self._out.fileno())

    def _put(self, chunk: bytes, *, last: bool) -> None:
        nonce = _nonce(self._prefix, self._number, last=last)
        self._out.write(self._cipher.encrypt(nonce, chunk, MAGIC))
        self._number += 1


class Opener:
    """Reads what a `Sealer` wrote.

    Raises:
        Invalid: another passphrase, or anything at all was altered.
    """

    def __init__(self, source: BinaryIO, passphrase: str) -> None:
        self._source, self._number, self._held = source, 0, bytearray()
        head = source.read(len(MAGIC) + _SALT + _PREFIX)
        if not head.startswith(MAGIC) or len(head) < len(MAGIC) + _SALT + _PREFIX:
            raise broken()
        salt, self._prefix = head[len(MAGIC) : -_PREFIX], head[-_PREFIX:]
        self._cipher = _cipher(passphrase, salt)
        self._next = source.read(CHUNK + _TAG)
        self._ended = False

    def read(self, size: int = -1) -> bytes:
        """Return the next `size` bytes, or all there are."""
        while not self._ended and (size < 0 or len(self._held) < size):
            self._take()
        found = bytes(self._held if size < 0 else self._held[:size])
        del self._held[: len(found)]
        return found

    def _take(self) -> None:
        chunk, self._next = self._next, self._source.read(CHUNK + _TAG)
        nonce = _nonce(self._prefix, self._number, last=not self._next)
        try:
            self._held += self._cipher.decrypt(nonce, chunk, MAGIC)
        except InvalidTag as error:
            raise broken() from error
        self._number, self._ended = self._number + 1, not self._next


def broken() -> Invalid:
    """Return the refusal of a backup that does not open."""
    return Invalid(Problem("", BROKEN, "backup"))
