"""Crafted workbooks, each with one thing in it that a roster never has (security.md §4d)."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from typing import TYPE_CHECKING

import openpyxl

from tests import rosters

if TYPE_CHECKING:
    from collections.abc import Callable

GOOD = [rosters.TITLES, rosters.row(1), rosters.row(2)]
SHEET = "xl/worksheets/sheet1.xml"
_MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def good() -> bytes:
    """Return a roster of two people, as a spreadsheet program writes it."""
    return rosters.xlsx(("名册", GOOD))


def changed(part: str, change: Callable[[bytes], bytes], *, of: bytes | None = None) -> bytes:
    """Return the good roster with one part of the package changed."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(of or good())) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        assert part in old.namelist()
        for entry in old.infolist():
            text = old.read(entry)
            new.writestr(entry.filename, change(text) if entry.filename == part else text)
    return out.getvalue()


def added(name: str, text: bytes = b"x") -> bytes:
    """Return the good roster with one more part."""
    out = io.BytesIO(good())
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return out.getvalue()


def in_sheet(old: bytes, new: bytes, *, of: bytes | None = None) -> bytes:
    """Return the good roster with something in its sheet replaced, once."""

    def change(text: bytes) -> bytes:
        assert old in text
        return text.replace(old, new, 1)

    return changed(SHEET, change, of=of)


def far_cell() -> bytes:
    row = b'<row r="1048576"><c r="XFD1048576" t="n"><v>1</v></c></row></sheetData>'
    return in_sheet(b"</sheetData>", row)


def far_cell_in_a_near_row() -> bytes:
    return in_sheet(b'r="A2"', b'r="A1048576"')


def giant_merge() -> bytes:
    merged = b'</sheetData><mergeCells count="1"><mergeCell ref="A3:XFD3000"/></mergeCells>'
    return in_sheet(b"</sheetData>", merged)


def giant_link() -> bytes:
    link = b'</sheetData><hyperlinks><hyperlink ref="A1:XFD1048576" location="A1"/></hyperlinks>'
    return in_sheet(b"</sheetData>", link)


def giant_text() -> bytes:
    text = b'<c r="A3" t="inlineStr"><is><t>' + b"x" * 400_000_000 + b"</t></is></c>"
    return changed(SHEET, lambda xml: re.sub(rb'<c r="A3".*?</c>', lambda _: text, xml, count=1))


def billion_laughs() -> bytes:
    levels = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    head = b'<!DOCTYPE x [<!ENTITY l0 "ha">' + levels + b"]><worksheet "
    return in_sheet(b"<worksheet ", head)


def outside_entity() -> bytes:
    head = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><styleSheet '
    return changed("xl/styles.xml", lambda xml: xml.replace(b"<styleSheet ", head, 1))


def entity_in_utf16() -> bytes:
    head = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY e "x">]><worksheet/>'
    return changed(SHEET, lambda _: head.encode("utf-16"))


def nested_bomb() -> bytes:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", b"\x00" * 30_000_000)
    return added("xl/media/image1.png", inner.getvalue())


def flat_bomb() -> bytes:
    return added("xl/theme/theme9.xml", b"<a>" + b" " * 40_000_000)


def double_names() -> bytes:
    return added("xl/Worksheets/sheet1.xml", b"<worksheet/>")


def way_out() -> bytes:
    return added("xl/../../../etc/cron.d/x")


def absolute_name() -> bytes:
    return added("/etc/cron.d/x")


def encrypted() -> bytes:
    """Return the container of a protected xlsx: a compound file with an EncryptedPackage."""
    data = bytearray(rosters.xls(GOOD))
    name = "Workbook".encode("utf-16-le")
    at = data.index(name)
    new = "EncryptedPackage".encode("utf-16-le")
    data[at : at + len(new)] = new
    data[at + 64 : at + 66] = struct.pack("<H", len(new) + 2)
    return bytes(data)


def macro_type() -> bytes:
    return changed(
        "[Content_Types].xml",
        lambda xml: xml.replace(
            b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
            b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        ),
    )


def formula(text: str) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(good()))
    book.active["C2"] = text
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def very_hidden() -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(rosters.xlsx(("名册", GOOD), ("机密", GOOD))))
    book["机密"].sheet_state = "veryHidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def lying_dimension() -> bytes:
    many = rosters.roster(*[rosters.row(n) for n in range(1, 400)])
    return changed(
        SHEET,
        lambda xml: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:B2"', xml),
        of=many,
    )


def null_letters() -> bytes:
    return in_sheet(b"<sheetData>", b"<sheetData>\x00\x00")


def cut_off() -> bytes:
    return good()[:-300]


def polyglot() -> bytes:
    return good() + b"<html><script>alert(1)</script></html>"


def rows_out_of_order() -> bytes:
    return in_sheet(b'<row r="3"', b'<row r="1"')


# What it is, the file, and the rule that refuses it; "" where it is read, and read right.
CRAFTED: tuple[tuple[str, Callable[[], bytes], str], ...] = (
    ("a cell at XFD1048576", far_cell, "file-far"),
    ("a cell that says it is far away", far_cell_in_a_near_row, "file-far"),
    ("a merged range of 49 million cells", giant_merge, "file-merge"),
    ("a link over a whole sheet", giant_link, "file-merge"),
    ("a text of 400 MB", giant_text, "file-bomb"),
    ("a dimension that lies", lying_dimension, ""),
    ("a billion laughs", billion_laughs, "file-doctype"),
    ("an entity from outside", outside_entity, "file-doctype"),
    ("a document type in UTF-16", entity_in_utf16, "file-broken"),
    ("a package within the package", nested_bomb, "file-embedded"),
    ("a part that unpacks without end", flat_bomb, "file-bomb"),
    ("two parts of one name", double_names, "file-names"),
    ("a part with a way out", way_out, "file-names"),
    ("a part at the root", absolute_name, "file-names"),
    ("a protected workbook", encrypted, "file-password"),
    ("macros", lambda: added("xl/vbaProject.bin"), "file-macros"),
    ("the type of a workbook with macros", macro_type, "file-macros"),
    ("links to other files", lambda: added("xl/externalLinks/externalLink1.xml"), "file-links"),
    ("an embedded file", lambda: added("xl/embeddings/oleObject1.bin"), "file-embedded"),
    ("a control", lambda: added("xl/activeX/activeX1.xml"), "file-controls"),
    ("a connection", lambda: added("xl/connections.xml", b"<connections/>"), "file-connections"),
    ("a sheet hidden from its user", very_hidden, ""),
    ("a formula", lambda: formula("=1+1"), "file-formula"),
    ("a formula that runs a program", lambda: formula('=cmd|"/C calc"!A0'), "file-formula"),
    ("letters that are none", null_letters, "file-broken"),
    ("a file cut off", cut_off, "file-broken"),
    ("a file and something else besides", polyglot, "file-polyglot"),
    ("rows against their order", rows_out_of_order, "file-broken"),
    ("an entry more than anybody has", lambda: _crowd(300), "file-bomb"),
    ("an old workbook under a new name", lambda: rosters.xls(GOOD), ""),
    ("a picture under a wrong name", lambda: b"\x89PNG\r\n\x1a\n" + b"\x00" * 99, "file-kind"),
)


def _crowd(parts: int) -> bytes:
    out = io.BytesIO(good())
    with zipfile.ZipFile(out, "a") as archive:
        for number in range(parts):
            archive.writestr(f"customXml/item{number}.xml", b"<a/>")
    return out.getvalue()
