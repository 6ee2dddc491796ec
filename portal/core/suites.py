"""The two suites of ciphers: AES-256-GCM with SHA-256, and SM4-GCM with SM3 (GB/T 32907, 32905)."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, SM3
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.hashes import HashAlgorithm

__all__ = ["NONCE", "SUITES", "Aead", "InvalidTag", "Sm4Gcm", "Suite"]

NONCE = 12
_TAG = 16


class Aead(Protocol):
    """A cipher that also proves that nothing was altered."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Return `data` sealed, its tag at the end."""

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Return what was sealed."""


class Sm4Gcm:
    """SM4 in GCM, in the shape of PyCA's AESGCM."""

    def __init__(self, key: bytes) -> None:
        """Take a key of 16 bytes."""
        self._key = algorithms.SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Return `data` sealed, its tag at the end."""
        work = Cipher(self._key, modes.GCM(nonce)).encryptor()
        work.authenticate_additional_data(associated_data or b"")
        return work.update(data) + work.finalize() + work.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Return what was sealed.

        Raises:
            InvalidTag: something was altered.
        """
        if len(nonce) < NONCE or len(data) < _TAG:
            raise InvalidTag
        work = Cipher(self._key, modes.GCM(nonce, data[-_TAG:])).decryptor()
        work.authenticate_additional_data(associated_data or b"")
        return work.update(data[:-_TAG]) + work.finalize()


def _sha256(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")


def _sm3(key: bytes, data: bytes) -> bytes:
    # Not every OpenSSL beneath Python has SM3; PyCA brings its own.
    work = HMAC(key, SM3())
    work.update(data)
    return work.finalize()


@dataclass(frozen=True, slots=True, eq=False)
class Suite:
    """A cipher and a hash that belong together; `mark` begins whatever is made with them."""

    name: str
    mark: bytes
    title: str
    hash: HashAlgorithm
    key_bytes: int
    aead: Callable[[bytes], Aead]
    mac: Callable[[bytes, bytes], bytes]

    def derive(self, master: bytes, purpose: bytes) -> bytes:
        """Return the key for one purpose."""
        kdf = HKDF(algorithm=self.hash, length=self.key_bytes, salt=None, info=purpose)
        return kdf.derive(master)

    @staticmethod
    def nonce() -> bytes:
        """Return a number used once."""
        return secrets.token_bytes(NONCE)


SUITES = {
    "aes": Suite("aes", b"\x01", "AES-256-GCM, HMAC-SHA-256", SHA256(), 32, AESGCM, _sha256),
    "sm": Suite("sm", b"\x02", "SM4-GCM, HMAC-SM3", SM3(), 16, Sm4Gcm, _sm3),
}
