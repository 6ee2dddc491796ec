"""Starting a child process that opens a stranger's file, and hearing what it says (U3).

The child gets the file on standard input and answers on standard output. It has no key, no
environment to speak of and no way out (`portal.documents.fetters`); the clock on the wall is
watched here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRATCH = "sicha-child-"
_STALE_SECONDS = 600
_ROOT = Path(__file__).resolve().parents[2]
_KEPT_ENVIRONMENT = ("PATH", "SYSTEMROOT", "LANG")
_START = (
    "import runpy, sys; sys.path.insert(0, {root!r}); sys.argv[0] = 'child'; "
    "runpy.run_module({module!r}, run_name='__main__')"
)


@contextmanager
def running(
    module: str, data: bytes, *, megabytes: int, seconds: int, wall: int, also: tuple[int, ...] = ()
) -> Iterator[IO[bytes]]:
    """Give what a child says of `data`, while it goes on saying it.

    Args:
        module: which module the child runs.
        data: what it gets on standard input.
        megabytes: how much memory it may take up.
        seconds: how much computing time.
        wall: after how many seconds it is ended whatever it does.
        also: further numbers it is started with.
    """
    start = _START.format(root=str(_ROOT), module=module)
    scratch = tempfile.TemporaryDirectory(prefix=SCRATCH)
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    child = subprocess.Popen(  # noqa: S603  our own module, the file comes on its input
        [sys.executable, "-I", "-c", start, *map(str, (megabytes, seconds, *also))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**kept, "TMPDIR": scratch.name, "OPENBLAS_NUM_THREADS": "1"},
    )
    clock = threading.Timer(wall, child.kill)
    clock.start()
    assert child.stdin is not None
    assert child.stdout is not None
    feeder = threading.Thread(target=_feed, args=(child.stdin, data), daemon=True)
    feeder.start()
    try:
        yield child.stdout
    finally:
        clock.cancel()
        child.kill()
        feeder.join()
        child.stdout.close()
        child.wait()
        scratch.cleanup()


def _feed(pipe: IO[bytes], data: bytes) -> None:
    with suppress(BrokenPipeError):
        pipe.write(data)
    with suppress(BrokenPipeError):
        pipe.close()


def sweep_scratch() -> int:
    """Remove the scratch folders of children whose parent was killed; return how many."""
    before, removed = time.time() - _STALE_SECONDS, 0
    for folder in Path(tempfile.gettempdir()).glob(f"{SCRATCH}*"):
        with suppress(FileNotFoundError):
            if folder.stat().st_mtime < before:
                shutil.rmtree(folder, ignore_errors=True)
                removed += 1
    return removed
