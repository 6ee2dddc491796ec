"""What a process that opens a stranger's file may still do: compute a little, and answer.

Part of the child process: it imports nothing of the portal, so that it holds no key.
"""

from __future__ import annotations

import os
import socket
import sys
from typing import Any, NoReturn

if sys.platform != "win32":
    import resource

_MEGABYTE = 1024 * 1024
_NETWORK = ("socket.", "urllib.", "http.", "ftplib.", "smtplib.")
_PROGRAMS = ("subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "pty.")


class Forbidden(RuntimeError):
    """The file made this process try something that reading a workbook never needs."""


def put_on(megabytes: int, seconds: int, *, scratch_megabytes: int = 0) -> None:
    """Limit memory and computing time, and shut the network, programs and the disk for writing.

    Neither can be undone from within. `seconds` are of computing time; whoever started the
    process watches the clock on the wall. `scratch_megabytes` is how large a file may become.
    """
    _limit(megabytes, seconds, scratch_megabytes * _MEGABYTE)
    socket.socket = _no_socket  # type: ignore[assignment,misc]
    sys.addaudithook(_refuse)
    if not scratch_megabytes:
        sys.addaudithook(_refuse_writing)


def _limit(megabytes: int, seconds: int, scratch: int) -> None:
    if sys.platform == "win32":
        return
    size = megabytes * _MEGABYTE
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (scratch, scratch))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def _no_socket(*_: Any, **__: Any) -> NoReturn:
    raise Forbidden("socket")


def _refuse(event: str, _arguments: Any) -> None:
    if event.startswith((*_NETWORK, *_PROGRAMS)):
        raise Forbidden(event)


def _refuse_writing(event: str, arguments: Any) -> None:
    if event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        raise Forbidden(event)
