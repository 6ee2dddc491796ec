"""Asking a directory by LDAP whether a password is right, over TLS and nothing else.

Three steps, made whoever is asked about: the portal's own entry looks the account up; the entry
found, or one that cannot be there, is tried with the password; the line is dropped. So the work
tells nobody whose name the directory knows.
"""

from __future__ import annotations

import logging
import secrets
import ssl
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ldap3 import NO_ATTRIBUTES, NONE, SUBTREE, Connection, Server, Tls
from ldap3.core.exceptions import LDAPException
from ldap3.utils.conv import escape_filter_chars
from ldap3.utils.dn import escape_rdn
from typing_extensions import override

from portal.core.errors import Away
from portal.core.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from portal.settings import Settings

log = logging.getLogger(__name__)

PORTS = {"ldap": 389, "ldaps": 636}
PATIENCE = 5  # seconds
RIGHT = 0
AWAY = Words(
    "单位的统一身份系统现在连不上，没有登录。请过几分钟再试；您的账号没有问题",
    "The directory of your organization does not answer, so nobody can sign in by it. Try again in "
    "a few minutes; nothing is wrong with your account",
)


class _Guarded(Tls):  # type: ignore[misc]  # the library ships no types
    """TLS as Python itself checks it: the chain and the name, before a byte is sent."""

    def __init__(self, ca: Path | None) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._context = ssl.create_default_context(cafile=str(ca) if ca else None)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2

    @override
    def wrap_socket(self, connection: Connection, do_handshake: bool = False) -> None:
        plain, host = connection.socket, connection.server.host
        try:
            connection.socket = self._context.wrap_socket(plain, server_hostname=host)
        except OSError:
            plain.close()
            raise


@dataclass(frozen=True, slots=True)
class Directory:
    """One directory, and how the portal asks it."""

    host: str
    port: int
    secure: bool
    base: str
    name: str
    bind: str
    bind_password: str
    ca: Path | None

    def fits(self, username: str, password: str) -> bool:
        """Tell whether the directory takes `password` for the one entry called `username`.

        Raises:
            Away: the directory does not answer, or is not the one its certificate should name.
        """
        # A directory takes a name without a password for nobody in particular, and says yes.
        asked = password if password and "\0" not in password else secrets.token_hex()
        try:
            with self._open(self.bind, self.bind_password) as (line, known):
                if self.bind and not known:
                    raise Away(AWAY)
                found = self._find(line, username)
            with self._open(found or self._nobody(), asked) as (_, right):
                return right and found is not None and asked == password
        except (LDAPException, OSError) as error:
            log.warning("the directory does not answer: %s", type(error).__name__)
            raise Away(AWAY) from error

    @contextmanager
    def _open(self, entry: str, password: str) -> Iterator[tuple[Connection, bool]]:
        """Open a line as `entry`; yield it with whether the directory took the password."""
        server = Server(
            self.host, port=self.port, use_ssl=self.secure, tls=_Guarded(self.ca),
            get_info=NONE, connect_timeout=PATIENCE,
        )  # fmt: skip
        line = Connection(
            server, user=entry or None, password=password or None, read_only=True,
            auto_referrals=False, receive_timeout=PATIENCE,
        )  # fmt: skip
        try:
            line.open()
            if not self.secure and not line.start_tls():
                raise Away(AWAY)
            line.bind()
            yield line, line.result["result"] == RIGHT
        finally:
            with suppress(LDAPException, OSError):
                line.unbind()
            if line.socket is not None:
                line.socket.close()

    def _find(self, line: Connection, username: str) -> str | None:
        """Return the one entry of that name; two of a name are nobody."""
        line.search(
            self.base, f"({self.name}={escape_filter_chars(username)})", SUBTREE,
            attributes=NO_ATTRIBUTES, size_limit=2, time_limit=PATIENCE,
        )  # fmt: skip
        found = [each["dn"] for each in line.response or () if each["type"] == "searchResEntry"]
        return found[0] if len(found) == 1 and found[0] else None

    def _nobody(self) -> str:
        return f"{self.name}={escape_rdn(secrets.token_hex())},{self.base}"


def directory_of(settings: Settings) -> Directory:
    """Return the directory that the settings name."""
    address = urlsplit(settings.ldap_server)
    return Directory(
        host=address.hostname or "", port=address.port or PORTS.get(address.scheme, 0),
        secure=address.scheme == "ldaps", base=settings.ldap_base, name=settings.ldap_name,
        bind=settings.ldap_bind, ca=settings.outside_ca,
        bind_password=settings.ldap_bind_password.get_secret_value(),
    )  # fmt: skip
