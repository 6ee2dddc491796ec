"""A small directory that speaks LDAP over TLS, for tests: binds, searches, StartTLS (RFC 4511)."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
from dataclasses import dataclass, field
from typing import Any, Self

from ldap3.protocol import rfc4511
from pyasn1.codec.ber import decoder, encoder
from pyasn1.error import PyAsn1Error

BASE = "ou=people,dc=sicha,dc=example"
READER, READER_PASSWORD = "cn=portal,dc=sicha,dc=example", "looks people up 77"
SUCCESS, CONFIDENTIALITY, INVALID, INSUFFICIENT = 0, 13, 49, 50
START_TLS = "1.3.6.1.4.1.1466.20037"


@dataclass
class Directory:
    """What it knows, and what it was asked."""

    passwords: dict[str, str]
    certificate: str
    key: str
    secure: bool
    aliases: dict[str, list[str]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0

    def __enter__(self) -> Self:
        self._socket = socket.create_server(("localhost", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    @property
    def address(self) -> str:
        """What the portal is told."""
        return f"{'ldaps' if self.secure else 'ldap'}://localhost:{self.port}"

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError, ssl.SSLError, PyAsn1Error):
            if self.secure:
                line = self._wrapped(line)
            talk = _Talk(self, line)
            try:
                talk.go_on()
            finally:
                talk.line.close()
        line.close()

    def _wrapped(self, line: socket.socket) -> ssl.SSLSocket:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context.wrap_socket(line, server_side=True)

    def takes(self, entry: str, password: str) -> bool:
        """Tell whether a bind succeeds; without a password it does, for nobody (RFC 4513 5.1.2)."""
        if not password:
            return True
        if entry == READER:
            return password == READER_PASSWORD
        found = re.fullmatch(rf"uid=([^,]+),{BASE}", entry)
        return found is not None and self.passwords.get(found[1]) == password

    def named(self, wanted: str | None) -> list[str]:
        """Return the entries of that name; all of them if the filter names none."""
        hits = [f"uid={each}" for each in self.passwords if wanted in {None, each}]
        return hits + self.aliases.get(wanted or "", [])


class _Talk:
    """One line that is open."""

    def __init__(self, directory: Directory, line: socket.socket) -> None:
        self.directory, self.line, self.bound = directory, line, ""

    def go_on(self) -> None:
        waiting = b""
        while chunk := self.line.recv(65536):
            waiting += chunk
            while waiting:
                try:
                    message, waiting = decoder.decode(waiting, asn1Spec=rfc4511.LDAPMessage())
                except PyAsn1Error:
                    break  # the rest is still to come
                self._answer(int(message["messageID"]), message["protocolOp"])

    def _answer(self, number: int, asked: Any) -> None:
        what = asked.getName()
        if what == "extendedReq":
            self._extended(number, str(asked["extendedReq"]["requestName"]))
        elif not isinstance(self.line, ssl.SSLSocket):
            self._say(number, "bindResponse", rfc4511.BindResponse(), CONFIDENTIALITY)
        elif what == "bindRequest":
            self._bind(number, asked["bindRequest"])
        elif what == "searchRequest":
            self._search(number, asked["searchRequest"])

    def _extended(self, number: int, what: str) -> None:
        assert what == START_TLS
        self._say(number, "extendedResp", rfc4511.ExtendedResponse(), SUCCESS)
        self.line = self.directory._wrapped(self.line)

    def _bind(self, number: int, request: Any) -> None:
        entry, password = str(request["name"]), str(request["authentication"]["simple"])
        self.directory.asked.append((entry, password))
        right = self.directory.takes(entry, password)
        self.bound = entry if right and password else ""
        self._say(number, "bindResponse", rfc4511.BindResponse(), SUCCESS if right else INVALID)

    def _search(self, number: int, request: Any) -> None:
        done = rfc4511.SearchResultDone()
        if self.bound != READER or str(request["baseObject"]) != BASE:
            self._say(number, "searchResDone", done, INSUFFICIENT)
            return
        for name in self.directory.named(self._wanted(request["filter"])):
            entry = rfc4511.SearchResultEntry()
            entry["object"] = f"{name},{BASE}"
            entry["attributes"] = rfc4511.PartialAttributeList()
            self._send(number, "searchResEntry", entry)
        self._say(number, "searchResDone", done, SUCCESS)

    def _wanted(self, asked: Any) -> str | None:
        """Return the name looked for; a filter that was not escaped finds whoever there is."""
        if asked.getName() == "equalityMatch":
            return str(asked["equalityMatch"]["assertionValue"])
        return None

    def _say(self, number: int, name: str, answer: Any, code: int) -> None:
        answer["resultCode"], answer["matchedDN"], answer["diagnosticMessage"] = code, "", ""
        self._send(number, name, answer)

    def _send(self, number: int, name: str, answer: Any) -> None:
        message = rfc4511.LDAPMessage()
        message["messageID"] = number
        message["protocolOp"] = rfc4511.ProtocolOp().setComponentByName(name, answer)
        self.line.sendall(encoder.encode(message))
