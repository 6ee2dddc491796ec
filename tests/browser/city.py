"""A demo of a small city, built once and served as often as a test file wants a fresh one."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.error import URLError

from sqlalchemy.orm import Session

from portal.core.database import open_engine
from portal.organizations import service as organizations
from portal.rehearsal.demo import Demo
from tests.web.conftest import KEY
from tests.web.world import METHOD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from portal.rehearsal.demo import Login

MEMBERS = 300
TREE = """code,name,level,parent
77,试点市,city,
7701,北区,district,77
7702,南区,district,77
7703,东区,district,77
7704,西区,district,77
770101,城北街道,street,7701
770201,城南街道,street,7702
770401,新桥镇,town,7704
770402,双桥镇,town,7704
770301,环南街道,street,7703
770302,白泉镇,town,7703
770101001,北园社区居委会,village,770101
770201001,南园社区居委会,village,770201
770201002,南湖村委会,village,770201
770401001,新桥村委会,village,770401
770401002,里钓村委会,village,770401
770402001,双桥村委会,village,770402
770301001,檀树社区居委会,village,770301
770301002,海滨社区居委会,village,770301
770301003,金寿村委会,village,770301
770301004,东湖社区居委会,village,770301
770302001,白泉村委会,village,770302
770302002,繁强村委会,village,770302
"""


@dataclass(frozen=True)
class Site:
    """A portal being served: its address, and one account for every role."""

    address: str
    logins: dict[str, Login]
    log: Path


@dataclass(frozen=True)
class Built:
    """A demo on disk."""

    folder: Path
    logins: dict[str, Login]


def build(url: str, folder: Path) -> Built:
    """Fill the empty SQLite database at `url` and move it to `folder`."""
    engine = open_engine(url, owner=True)
    with Session(engine) as session:
        rows = organizations.read(TREE.encode(), "tree.csv").rows
        made = Demo(session, 1, MEMBERS, METHOD).build(rows, lambda _: None)
    engine.dispose()
    shutil.copyfile(url.removeprefix("sqlite:///"), folder / "portal.db")
    return Built(folder, {login.role.value: login for login in made})


@contextmanager
def serve(built: Built, folder: Path) -> Iterator[Site]:
    """Serve a copy of `built` from `folder` by a process of its own."""
    shutil.copyfile(built.folder / "portal.db", folder / "portal.db")
    port = _free_port()
    environment = os.environ | {
        "PORTAL_DATABASE": f"sqlite:///{folder / 'portal.db'}", "PORTAL_DATA_DIR": str(folder),
        "PORTAL_SECRET_KEY": "s" * 32, "PORTAL_MASTER_KEY": KEY, "PORTAL_SECURE_COOKIES": "false",
        "PORTAL_SECOND_FACTOR": "false",
    }  # fmt: skip
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "waitress", f"--listen=127.0.0.1:{port}", "portal.wsgi:app"],
            env=environment, stdout=log, stderr=log,
        )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/health", server)
        yield Site(address, built.logins, folder / "server.log")
    finally:
        server.terminate()
        server.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(address, timeout=2).close()  # noqa: S310  our own server
        except (URLError, OSError):
            if server.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return
