"""The look into a package before any parser sees it: zip, names, XML, references (security.md U2).

Part of the child process: it imports nothing of the portal. Bytes are counted as they are
unpacked, never as the package says; whatever is turned away is told by a rule and a place.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from portal.documents.cellscan import SheetScan, SpreadsheetScan, TurnedAway

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal.documents.cellscan import Facts

_CHUNK = 256 * 1024
_OVERLAP = 16
_SMALL = 10_000
_END_RECORD = 22
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_PLAIN_METHODS = frozenset([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
_IS_XML = re.compile(r"\.(xml|rels|vml|rdf)$", re.IGNORECASE)
_DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([\w.-]+)", re.IGNORECASE)
_ENCODINGS = frozenset([b"utf-8", b"utf8", b"us-ascii", b"ascii"])
_ESCAPES = re.compile(r"(^|/)\.\.(/|$)|^/|\\|^[A-Za-z]:|[\x00-\x1f]")
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_MACRO_TYPE = re.compile(rb"macroEnabled|vnd\.ms-office\.vbaProject", re.IGNORECASE)
_SEALED = b"encryption-data"

# What a roster never holds, by the name of the part. First match counts.
FORBIDDEN_PARTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("macros", re.compile(r"vbaProject|vbaData|xl/macrosheets/|^Basic/|^Scripts/", re.IGNORECASE)),
    ("links", re.compile(r"externalLinks/", re.IGNORECASE)),
    ("embedded", re.compile(r"/embeddings/|oleObject", re.IGNORECASE)),
    ("controls", re.compile(r"activeX/|ctrlProps/", re.IGNORECASE)),
    ("connections", re.compile(r"xl/connections\.xml|queryTables/|^xl/model/", re.IGNORECASE)),
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a package may go."""

    rows: int
    unpacked: int
    entries: int = 200
    ratio: int = 100


@dataclass(slots=True)
class Package:
    """What was seen: the facts of each sheet by the name of its part, or in their order."""

    kind: str
    sheets: dict[str, Facts] = field(default_factory=dict)


def look(data: bytes, bounds: Bounds) -> Package:
    """Return what a zipped workbook holds, having read every byte of it once.

    Raises:
        TurnedAway: it breaks a rule, or is no package that can be trusted.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _names(entries, bounds)
            _ends_where_it_says(data, archive)
            kind = _kind({entry.filename for entry in entries})
            return _unpack(archive, kind, len(data), bounds)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as failure:
        raise TurnedAway("broken") from failure
    except RuntimeError as failure:  # zipfile's word for a password
        raise TurnedAway("password") from failure


def _names(entries: list[zipfile.ZipInfo], bounds: Bounds) -> None:
    if len(entries) > bounds.entries:
        raise TurnedAway("bomb", f"{len(entries)} 个部件")
    seen: set[str] = set()
    for entry in entries:
        name = entry.orig_filename
        if _ESCAPES.search(name) or entry.filename.casefold() in seen:
            raise TurnedAway("names", _shown(name))
        seen.add(entry.filename.casefold())
        if entry.flag_bits & 0x41:
            raise TurnedAway("password")
        if entry.compress_type not in _PLAIN_METHODS:
            raise TurnedAway("broken")
        for rule, pattern in FORBIDDEN_PARTS:
            if pattern.search(name):
                raise TurnedAway(rule, _shown(name))


def _shown(name: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in name[:80])


def _ends_where_it_says(data: bytes, archive: zipfile.ZipFile) -> None:
    """Refuse a file that is a package and something else besides."""
    if archive.comment or data[-_END_RECORD:][:4] != b"PK\x05\x06":
        raise TurnedAway("polyglot")


def _kind(names: set[str]) -> str:
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "content.xml" in names:
        return "ods"
    raise TurnedAway("kind")


def _unpack(archive: zipfile.ZipFile, kind: str, size: int, bounds: Bounds) -> Package:
    package, total = Package(kind), 0
    most = min(bounds.unpacked, max(size, _SMALL) * bounds.ratio)
    for entry in archive.infolist():
        scan = _scan_for(kind, entry.filename, bounds)
        check = _Xml(entry.filename) if _IS_XML.search(entry.filename) else None
        for number, chunk in enumerate(_chunks(archive, entry)):
            total += len(chunk)
            if total > most:
                raise TurnedAway("bomb", _shown(entry.filename))
            if number == 0 and chunk.startswith((_ZIP, _OLE)):
                raise TurnedAway("embedded", _shown(entry.filename))
            if check is not None:
                check.feed(chunk)
            if scan is not None:
                scan.feed(chunk)
        if scan is not None:
            package.sheets |= scan.close()
    return package


def _scan_for(kind: str, name: str, bounds: Bounds) -> SheetScan | SpreadsheetScan | None:
    if kind == "xlsx" and _SHEET.fullmatch(name):
        return SheetScan(name, bounds.rows)
    if kind == "ods" and name == "content.xml":
        return SpreadsheetScan(bounds.rows)
    return None


def _chunks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(entry) as part:
        while chunk := part.read(_CHUNK):
            yield chunk


class _Xml:
    """Refuses document types, entities and writings in which they could hide."""

    def __init__(self, name: str) -> None:
        self._name, self._tail, self._fresh = name, b"", True

    def feed(self, chunk: bytes) -> None:
        if self._fresh:
            self._first(chunk)
        text = self._tail + chunk
        if b"\x00" in chunk:
            raise TurnedAway("broken", _shown(self._name))
        if _DOCTYPE.search(text):
            raise TurnedAway("doctype", _shown(self._name))
        if self._name == "[Content_Types].xml" and _MACRO_TYPE.search(text):
            raise TurnedAway("macros", _shown(self._name))
        if self._name == "META-INF/manifest.xml" and _SEALED in text:
            raise TurnedAway("password")
        self._tail = text[-64:]

    def _first(self, chunk: bytes) -> None:
        self._fresh = False
        named = _ENCODING.search(chunk[:200])
        if named and named[1].lower() not in _ENCODINGS:
            raise TurnedAway("broken", _shown(self._name))
