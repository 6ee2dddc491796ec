"""Heads of the chains, signed and kept elsewhere: what shows a cut tail or a full rewrite.

One JSON line per tenant and moment, signed with an Ed25519 key derived from the master key. Who
keeps the file needs no secret to check it, only the public key, which every line carries and
``portal audit heads`` prints.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import select

from portal.audit.models import Head
from portal.core import clock, crypto
from portal.core.errors import Invalid, Problem
from portal.core.words import Words
from portal.scope import service as scope

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sqlalchemy.orm import Session

PURPOSE = "audit heads"
BROKEN = Words(
    "这一行不是链头，或签名不对，或不是用本系统的密钥签的",
    "is no head, or its signature does not hold, or it was signed with a key unknown here",
)


@dataclass(frozen=True, slots=True)
class Signed:
    """The end of a chain at one moment, as signed."""

    tenant_id: int
    number: int
    hash: bytes
    at: str
    key: str
    signature: str = ""

    def said(self) -> bytes:
        """Return what is signed."""
        parts = ["sicha-head-1", self.tenant_id, self.number, self.hash.hex(), self.at, self.key]
        return json.dumps(parts, separators=(",", ":")).encode()

    def line(self) -> str:
        """Return it as the line of a file."""
        told = {
            "tenant": self.tenant_id, "number": self.number, "hash": self.hash.hex(),
            "at": self.at, "key": self.key, "signature": self.signature,
        }  # fmt: skip
        return json.dumps(told, separators=(",", ":"))


def public_keys() -> tuple[str, ...]:
    """Return the public keys of this installation, in hexadecimal; the last one signs now."""
    made = (Ed25519PrivateKey.from_private_bytes(key) for key in crypto.ring().derived(PURPOSE))
    return tuple(key.public_key().public_bytes_raw().hex() for key in made)


@scope.through(scope.Reason.HEADS)
def signed(session: Session) -> list[Signed]:
    """Return the head of every tenant as it is now, signed."""
    private = Ed25519PrivateKey.from_private_bytes(crypto.ring().derived(PURPOSE)[0])
    public = private.public_key().public_bytes_raw().hex()
    table = Head.__table__
    rows = session.execute(
        select(table.c.tenant_id, table.c.number, table.c.hash).order_by(table.c.tenant_id)
    )
    now = clock.now().isoformat(timespec="seconds")
    heads = []
    for row in rows:
        bare = Signed(row.tenant_id, row.number, row.hash, now, public)
        signature = private.sign(bare.said()).hex()
        heads.append(Signed(row.tenant_id, row.number, row.hash, now, public, signature))
    return heads


def append(file: Path, heads: Iterable[Signed]) -> None:
    """Append heads to a file, and see them onto the disk."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with file.open("a", encoding="ascii") as out:
        out.writelines(head.line() + "\n" for head in heads)
        out.flush()
        os.fsync(out.fileno())


def read(file: Path, *, also: Iterable[str] = ()) -> list[Signed]:
    """Return the heads in a file.

    Args:
        file: what `append` wrote.
        also: public keys that are trusted beside those of this installation.

    Raises:
        Invalid: a line is no head, or its signature does not hold.
    """
    trusted = {*public_keys(), *also}
    heads, faults = [], []
    for at, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        head = _read(line)
        if head is None or head.key not in trusted or not _holds(head):
            faults.append(Problem(f"{file.name}:{at}", BROKEN, "head"))
        else:
            heads.append(head)
    if faults:
        raise Invalid(*faults)
    return heads


def _read(line: str) -> Signed | None:
    try:
        told = json.loads(line)
        return Signed(
            int(told["tenant"]), int(told["number"]), bytes.fromhex(told["hash"]),
            str(told["at"]), str(told["key"]), str(told["signature"]),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError):
        return None


def _holds(head: Signed) -> bool:
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(head.key))
        public.verify(bytes.fromhex(head.signature), head.said())
    except (InvalidSignature, ValueError):
        return False
    return True
