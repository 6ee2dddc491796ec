"""Good workbooks with something broken in them: bits flipped, pieces cut out, moved or repeated."""

from __future__ import annotations

import io
import random
import zipfile
from typing import TYPE_CHECKING

from tests import rosters
from tests.hostile.maker import GOOD

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = ("xlsx", "xls", "ods")


def sources() -> dict[str, bytes]:
    """Return a good workbook of each kind."""
    rows = [*GOOD, *(rosters.row(n) for n in range(3, 12))]
    return {
        "xlsx": rosters.xlsx(("名册", rows)),
        "xls": rosters.xls(rows),
        "ods": rosters.ods(rows),
    }


def mutated(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Yield `count` broken workbooks of all kinds, the same ones for the same seed."""
    chance = random.Random(seed)
    good = sources()
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        data = good[kind]
        inside = kind != "xls" and chance.random() < 0.6
        yield f"{number}.{kind}", _inside(chance, data) if inside else _broken(chance, data)


def _broken(chance: random.Random, data: bytes) -> bytes:
    text = bytearray(data)
    for _ in range(chance.choice((1, 1, 3, 20))):
        at = chance.randrange(len(text))
        how = chance.randrange(4)
        if how == 0:
            text[at] ^= 1 << chance.randrange(8)
        elif how == 1:
            text[at : at + chance.randrange(1, 200)] = b""
        elif how == 2:
            other = chance.randrange(len(text))
            text[at:at] = text[other : other + chance.randrange(1, 400)]
        else:
            text = text[: max(8, at)]
        if len(text) < 8:
            break
    return bytes(text)


def _inside(chance: random.Random, data: bytes) -> bytes:
    """Break one part and pack it up again, so that the package itself is sound."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        victim = chance.choice([each for each in old.namelist() if each.endswith(".xml")])
        for entry in old.infolist():
            text = old.read(entry)
            new.writestr(entry, _broken(chance, text) if entry.filename == victim else text)
    return out.getvalue()
