"""Keeping tests on this machine: a socket to anywhere else is refused, aloud."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import Any

_HERE = {"localhost", "", None, "0.0.0.0", "::"}  # noqa: S104  names of this machine
_connect, _connect_ex, _look_up = (
    socket.socket.connect,
    socket.socket.connect_ex,
    socket.getaddrinfo,
)


def _check(address: Any) -> None:
    if not isinstance(address, tuple):
        return  # a socket of the file system
    host = address[0].decode() if isinstance(address[0], bytes) else address[0]
    if host in _HERE:
        return
    try:
        if ip_address(str(host).partition("%")[0]).is_loopback:
            return
    except ValueError:
        pass
    raise RuntimeError(f"{host} was called: a test left this machine")


def _guarded_connect(self: socket.socket, address: Any) -> None:
    _check(address)
    _connect(self, address)


def _guarded_connect_ex(self: socket.socket, address: Any) -> int:
    _check(address)
    return _connect_ex(self, address)


def _guarded_look_up(host: Any, *more: Any, **options: Any) -> Any:
    _check((host,))
    return _look_up(host, *more, **options)


def keep_here() -> None:
    """Put the guards in place, for all tests of this process."""
    socket.socket.connect = _guarded_connect  # type: ignore[method-assign]
    socket.socket.connect_ex = _guarded_connect_ex  # type: ignore[method-assign]
    socket.getaddrinfo = _guarded_look_up
