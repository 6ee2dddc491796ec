"""What comes back: read whole, unpacked, and compared."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.test import TestResponse


@dataclass(frozen=True)
class Visit:
    """One request and its answer."""

    visitor: str
    method: str
    endpoint: str
    address: str
    status: int
    text: bytes
    of: str = ""
    out_of_reach: bool = False

    def __str__(self) -> str:
        """Return how a failing test names it."""
        return f"{self.visitor}: {self.method} {self.address} of {self.of or '-'}: {self.status}"


_TOKEN = re.compile(rb'(content|value)="[\w.\-]{60,}"')
_ID = re.compile(
    rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\d{6,}|/\d+|\d\d:\d\d(:\d\d)?"
)


def everything(answer: TestResponse) -> bytes:
    """Return the headers and the body of an answer, or what is packed in it."""
    head = "\n".join(f"{name}: {value}" for name, value in answer.headers).encode()
    return b"\n".join([head, *(list(_unpacked(answer.data)) or [answer.data])])


def _unpacked(data: bytes) -> Iterator[bytes]:
    if not data.startswith(b"PK"):
        return
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        for name in packed.namelist():
            yield packed.read(name)


def alike(one: Visit, other: Visit) -> bool:
    """Tell whether two answers say the same but for ids, form tokens and the minute."""

    def bare(visit: Visit) -> bytes:
        body = visit.text.partition(b"\n\n")[2] or visit.text
        text = _TOKEN.sub(b"", body.replace(visit.address.encode(), b""))
        return re.sub(
            rb"(Content-Length|Set-Cookie|Location|X-Request-ID): [^\n]*", b"", _ID.sub(b"", text)
        )

    return one.status == other.status and bare(one) == bare(other)
