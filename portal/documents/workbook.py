"""Workbooks people hand in: refused politely where they cannot be read, else sheets of raw cells.

xlsx, xls and ods. A first look at the kind of file costs nothing and gives the better sentence;
everything else happens in a child process (`portal.documents.child`), the look into the package
before the parser.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from portal.documents import confined
from portal.documents.refusals import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["WIDE", "Limits", "Raw", "Sheet", "Unreadable", "read"]

Raw = str | float | int

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_WEB_PAGE = re.compile(rb"\s*(<!DOCTYPE html|<html|<table|<meta|<\?xml)", re.IGNORECASE)
_MACRO_NAMES = (".xlsm", ".xltm", ".xlam")
_MEGABYTE = 1024 * 1024
_PARSER = "portal.documents.child"


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a workbook may be, and what its reading may cost.

    Wider than a form of one branch needs: a roster of 100,000 rows and 36 columns unpacks to
    about 190 MB and is read within 512 MB (docs/admin.md has the figures).
    """

    megabytes: int = 10
    rows: int = 200_000
    unpacked_megabytes: int = 300
    entries: int = 200
    ratio: int = 100
    memory_megabytes: int = 512
    seconds: int = 20
    wall_seconds: int = 30


# For files that were taken in already, and for the operator at the machine itself.
WIDE = Limits(
    megabytes=200, rows=1_000_000, unpacked_megabytes=2_000, memory_megabytes=4_096, seconds=300,
    wall_seconds=600,
)  # fmt: skip


@dataclass(slots=True)
class Sheet:
    """One visible sheet: its name, and its rows of raw cells from the first row and column on.

    A cell is text or a number; empty is ``""``; dates and truths come as text. Rows end with
    their last cell that is not empty. What was hidden is empty, and listed: rows and columns by
    their number from 1.
    """

    name: str
    rows: list[tuple[Raw, ...]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    hidden_sheets: list[str] = field(default_factory=list)


def read(data: bytes, file_name: str, limits: Limits | None = None) -> list[Sheet]:
    """Return the visible sheets of a workbook.

    Raises:
        Unreadable: it is too large, encrypted, has macros or formulas, is broken or no workbook.
    """
    limits = limits or Limits()
    _look_at(data, file_name, limits)
    sheets: list[Sheet] = []
    unread: list[str] = []
    ending, where = "costly", ""
    texts: dict[Raw, Raw] = {}
    for said in _child_says(data, limits):
        if isinstance(said, list):
            sheets[-1].rows += _rows(said, texts)
        elif "sheet" in said:
            sheets.append(
                Sheet(said["sheet"], [], said["hidden_rows"], said["hidden_columns"], unread)
            )
        elif "unread" in said:
            unread.append(said["unread"])
        else:
            ending, where = said["end"], said.get("where", "")
        if len(texts) > limits.rows:
            texts.clear()
    if ending != "read":
        raise Unreadable(file_name, ending, where)
    if not any(any(sheet.rows) or sheet.hidden_rows for sheet in sheets):
        raise Unreadable(file_name, "empty")
    return sheets


def _rows(chunk: list[list[Raw]], texts: dict[Raw, Raw]) -> Iterator[tuple[Raw, ...]]:
    """Yield rows in which equal texts are one text: most columns repeat a few of them."""
    same = texts.setdefault
    for row in chunk:
        yield tuple([same(cell, cell) if type(cell) is str else cell for cell in row])


def _child_says(data: bytes, limits: Limits) -> Iterator[Any]:
    """Yield what the child process says, line by line, while it goes on reading."""
    bounds = (
        limits.rows + 100, limits.unpacked_megabytes * _MEGABYTE, limits.ratio, limits.entries,
    )  # fmt: skip
    with confined.running(
        _PARSER, data, megabytes=limits.memory_megabytes, seconds=limits.seconds,
        wall=limits.wall_seconds, also=bounds,
    ) as said:  # fmt: skip
        for line in said:
            if line.endswith(b"\n"):
                yield json.loads(line)


def _look_at(data: bytes, file_name: str, limits: Limits) -> None:
    if not data:
        raise Unreadable(file_name, "empty")
    if len(data) > limits.megabytes * _MEGABYTE:
        raise Unreadable(file_name, "large", str(limits.megabytes))
    if data.startswith(_OLE):
        if _ENCRYPTED_PACKAGE in data:
            raise Unreadable(file_name, "password")
    elif not data.startswith(_ZIP):
        raise Unreadable(file_name, _no_workbook(data, file_name))
    if file_name.lower().endswith(_MACRO_NAMES):  # also one that has no macro left in it
        raise Unreadable(file_name, "macros")


def _no_workbook(data: bytes, file_name: str) -> str:
    if _WEB_PAGE.match(data):
        return "web-page"
    if file_name.lower().endswith((".csv", ".txt", ".tsv")) or (
        b"\x00" not in data[:4096] and data[:4096].count(b",") + data[:4096].count(b"\t") > 1
    ):
        return "csv"
    return "kind"
