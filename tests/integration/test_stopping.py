"""The web server as a process of its own: told to stop, it finishes what it has begun."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from portal.core import migrations
from tests.integration.commands import MASTER, SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERVERS = {
    "gunicorn": ("gunicorn", "--workers=1", "--bind=127.0.0.1:{port}", "portal.wsgi:app"),
    "waitress": ("waitress", "--listen=127.0.0.1:{port}", "portal.wsgi:app"),
}
FORM = b"username=nobody&password=wrong-wrong-wrong"


@contextmanager
def serving(kind: str, folder: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Serve a new portal from `folder`; the port, and the process."""
    url = f"sqlite:///{folder / 'portal.db'}"
    migrations.upgrade(url)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    env = os.environ | {
        "PORTAL_DATABASE": url, "PORTAL_DATA_DIR": str(folder), "PORTAL_SECRET_KEY": SECRET,
        "PORTAL_MASTER_KEY": MASTER, "PROMETHEUS_MULTIPROC_DIR": str(folder / "figures"),
    }  # fmt: skip
    (folder / "figures").mkdir()
    words = [word.format(port=port) for word in SERVERS[kind]]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", *words], env=env, stdout=log, stderr=log)
    try:
        yield port, process
    finally:
        process.kill()
        process.wait()


def connected(port: int) -> socket.socket:
    until = time.monotonic() + 30
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=20)
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def answer(open_socket: socket.socket) -> bytes:
    read = b""
    while part := open_socket.recv(65536):
        read += part
    return read


def ask(port: int, address: str) -> bytes:
    with connected(port) as client:
        client.sendall(f"GET {address} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        return answer(client)


@pytest.mark.parametrize("kind", SERVERS)
def test_a_server_told_to_stop_ends_by_itself_and_soon(kind: str, tmp_path: Path):
    with serving(kind, tmp_path) as (port, process):
        assert b" 200 OK" in ask(port, "/ready")
        assert b"sicha_answers_total" in ask(port, "/metrics")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    log = (tmp_path / "server.log").read_text()
    assert "Traceback" not in log
    assert '"route": "/ready"' in log


def test_a_request_in_hand_is_still_answered(tmp_path: Path):
    head = f"POST /sign-in HTTP/1.0\r\nHost: localhost\r\nContent-Length: {len(FORM)}\r\n"
    kind = "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    with serving("gunicorn", tmp_path) as (port, process):
        assert b" 200 OK" in ask(port, "/health")
        with connected(port) as client:
            client.sendall((head + kind).encode() + FORM[:9])
            time.sleep(0.5)
            process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            client.sendall(FORM[9:])
            assert answer(client).startswith(b"HTTP/1.0 400")  # the form lacks its token
        assert process.wait(timeout=20) == 0
