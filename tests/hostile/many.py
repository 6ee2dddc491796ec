"""Many workbooks read by one confined child, for tests: the same code, started once for all.

Comes in: length and bytes of each file. Goes out: what is said of each, and a line after it.
"""

from __future__ import annotations

import io
import json
import struct
import sys
from typing import Any

from portal.documents import child, fetters, prescan

BOUNDS = prescan.Bounds(rows=200_100, unpacked=300 * 1024 * 1024)


def main() -> None:
    """Read all, in a process that can do no more than the real one."""
    come = io.BytesIO(sys.stdin.buffer.read())
    while length := come.read(4):
        said: list[Any] = []
        child.answer(come.read(struct.unpack("<I", length)[0]), BOUNDS, said.append)
        rows = [row for each in said if isinstance(each, list) for row in each]
        print(json.dumps({"end": said[-1]["end"], "rows": rows}), flush=True)  # noqa: T201


def packed(files: list[bytes]) -> bytes:
    """Return files as `main` takes them."""
    return b"".join(struct.pack("<I", len(data)) + data for data in files)


if __name__ == "__main__":
    fetters.put_on(int(sys.argv[1]), int(sys.argv[2]))
    main()
