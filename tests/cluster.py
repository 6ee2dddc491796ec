"""A PostgreSQL server of our own for one test run: the system's programs, a throw-away folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

# Nothing here has to survive a power cut.
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _as_whom() -> dict[str, Any]:
    """Return how to start the server: it refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    return {"user": "postgres", "group": "postgres", "extra_groups": []}


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}") from None
            time.sleep(0.05)
        else:
            return


@contextmanager
def running(programs: Path) -> Iterator[str]:
    """Run a server within the block and yield its URL without a database name."""
    home = Path(tempfile.mkdtemp(prefix="sicha-postgres-"))
    data, log, port, whom = home / "data", home / "log", _free_port(), _as_whom()
    if whom:
        shutil.chown(home, "postgres", "postgres")
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "sicha", "--auth=trust", "--no-sync",
         "--encoding=UTF8", "--locale=C.UTF-8"],
        check=True, stdout=subprocess.DEVNULL, cwd=home, **whom,
    )  # fmt: skip
    options = [part for setting in _FAST for part in ("-c", setting)]
    with log.open("wb") as out:
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-p", str(port), "-k", home,
             "-c", "listen_addresses=127.0.0.1", *options],
            stdout=out, stderr=out, cwd=home, **whom,
        )  # fmt: skip
    try:
        _wait_for(f"postgresql://sicha@127.0.0.1:{port}/postgres", server, log)
        yield f"postgresql+psycopg://sicha@127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)
        shutil.rmtree(home)
