"""Nobody is called from here: no client of the network is imported, and no socket leaves."""

from __future__ import annotations

import ast
import socket
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(file for part in ("portal", "plugins") for file in (ROOT / part).rglob("*.py"))

# What could call out. Databases and, one day, mail have drivers of their own; nothing else does.
CALLERS = {
    "aiohttp", "authlib", "ftplib", "grpc", "http.client", "httplib2", "httpx", "imaplib",
    "ldap3", "nntplib", "paramiko", "pika", "poplib", "pycurl", "requests", "smtplib", "socket",
    "telnetlib", "urllib.request", "urllib3", "websocket", "websockets", "xmlrpc.client", "zmq",
}  # fmt: skip


MAY = {
    # Takes the socket away from the process that reads a stranger's file.
    "portal/documents/fetters.py": {"socket"},
    # Asks the one directory, or the one provider, that the settings name; none unless they do.
    "portal/identity/directory.py": {"ldap3"},
    "portal/web/provider.py": {"authlib"},
}


def imported(source: str) -> set[str]:
    """Return every module that a text imports, with the packages above it."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
            ("import_module", "__import__")
        ):
            names |= {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
    return {".".join(n.split(".")[:end]) for n in names for end in range(1, n.count(".") + 2)}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_module_imports_what_could_call_out(file: Path):
    named = imported(file.read_text(encoding="utf-8")) & CALLERS
    assert named == MAY.get(str(file.relative_to(ROOT)), set())


@pytest.mark.parametrize(
    "source",
    ["import requests", "from urllib import request", "import urllib.request as u",
     "from http.client import HTTPConnection", "import_module('httpx')", "__import__('socket')"],
)  # fmt: skip
def test_a_planted_import_is_found(source: str):
    assert imported(source) & CALLERS


def test_a_socket_to_anywhere_but_this_machine_is_refused():
    with socket.socket() as caller, pytest.raises(RuntimeError, match="left this machine"):
        caller.connect(("192.0.2.1", 80))
    with pytest.raises(RuntimeError, match="left this machine"):
        socket.getaddrinfo("example.invalid", 80)


def test_a_socket_on_this_machine_is_let_through():
    with socket.socket() as server, socket.socket() as caller:
        server.bind(("127.0.0.1", 0))
        server.listen()
        caller.connect(server.getsockname())
