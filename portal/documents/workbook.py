"""Workbooks people hand in: refused politely where they cannot be read, else sheets of raw cells.

xlsx, xls and ods. A first look at the container costs nothing and gives the better sentence; the
reading itself happens in a child process (`portal.documents.child`).
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import threading
import zipfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portal.core.errors import Invalid, Problem
from portal.core.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator

Raw = str | float | int

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_MACRO_NAMES = (".xlsm", ".xltm", ".xlam")
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_WEB_PAGE = re.compile(rb"\s*(<!DOCTYPE html|<html|<table|<meta|<\?xml)", re.IGNORECASE)
_CHILD = Path(__file__).with_name("child.py")
_KEPT_ENVIRONMENT = ("PATH", "SYSTEMROOT", "LANG")


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a workbook may be, and what its reading may cost."""

    megabytes: int = 10
    rows: int = 200_000
    unpacked_megabytes: int = 600
    entries: int = 200
    ratio: int = 100
    memory_megabytes: int = 1_024
    seconds: int = 60


@dataclass(slots=True)
class Sheet:
    """One visible sheet: its name, and its rows of raw cells from the first row and column on.

    A cell is text or a number; empty is ``""``; dates and truths come as text. Rows end with
    their last cell that is not empty.
    """

    name: str
    rows: list[tuple[Raw, ...]] = field(default_factory=list)


class Unreadable(Invalid):
    """The file is not a workbook that can be read; nothing was taken from it."""

    def __init__(self, file_name: str, rule: str, words: Words) -> None:
        super().__init__(Problem(file_name, words, rule))


def read(data: bytes, file_name: str, limits: Limits | None = None) -> list[Sheet]:
    """Return the visible sheets of a workbook.

    Raises:
        Unreadable: it is too large, encrypted, has macros, is broken or is no workbook.
    """
    limits = limits or Limits()
    _look_at(data, file_name, limits)
    sheets: list[Sheet] = []
    ending = "broken"
    texts: dict[Raw, Raw] = {}
    for said in _child_says(data, limits):
        if isinstance(said, list):
            sheets[-1].rows += _rows(said, texts)
        elif "sheet" in said:
            sheets.append(Sheet(said["sheet"]))
        else:
            ending = said["end"]
        if len(texts) > limits.rows:
            texts.clear()
    if ending != "read":
        raise Unreadable(file_name, *_ENDINGS.get(ending, _ENDINGS["broken"]))
    if not any(any(sheet.rows) for sheet in sheets):
        raise Unreadable(file_name, "file-empty", _EMPTY)
    return sheets


def _rows(chunk: list[list[Raw]], texts: dict[Raw, Raw]) -> Iterator[tuple[Raw, ...]]:
    """Yield rows in which equal texts are one text: most columns repeat a few of them."""
    same = texts.setdefault
    for row in chunk:
        yield tuple([same(cell, cell) if type(cell) is str else cell for cell in row])


def _child_says(data: bytes, limits: Limits) -> Iterator[Any]:
    """Yield what the child process says, line by line, while it goes on reading."""
    settings = (limits.rows + 100, limits.memory_megabytes, limits.seconds)
    child = subprocess.Popen(  # noqa: S603  # our own script, the file comes on its input
        [sys.executable, "-I", str(_CHILD), *map(str, settings)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ},
    )
    clock = threading.Timer(limits.seconds * 2, child.kill)
    clock.start()
    try:
        assert child.stdin is not None
        assert child.stdout is not None
        with suppress(BrokenPipeError):
            child.stdin.write(data)
            child.stdin.close()
        for line in child.stdout:
            yield json.loads(line)
    finally:
        clock.cancel()
        child.kill()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        child.wait()


def _look_at(data: bytes, file_name: str, limits: Limits) -> None:
    if not data:
        raise Unreadable(file_name, "file-empty", _EMPTY)
    if len(data) > limits.megabytes * 1024 * 1024:
        raise Unreadable(file_name, "file-large", _too_large(limits.megabytes))
    if data.startswith(_OLE):
        if _ENCRYPTED_PACKAGE in data:
            raise Unreadable(file_name, *_ENDINGS["password"])
        return
    if not data.startswith(_ZIP):
        raise Unreadable(file_name, *_no_workbook(data, file_name))
    if file_name.lower().endswith(_MACRO_NAMES):  # also one that has no macro left in it
        raise Unreadable(file_name, "file-macros", _MACROS)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _look_into(archive, len(data), file_name, limits)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as failure:
        raise Unreadable(file_name, *_ENDINGS["broken"]) from failure


def _look_into(archive: zipfile.ZipFile, size: int, file_name: str, limits: Limits) -> None:
    entries = archive.infolist()
    names = {entry.filename for entry in entries}
    if any(name.endswith("vbaProject.bin") for name in names):
        raise Unreadable(file_name, "file-macros", _MACROS)
    if any(entry.flag_bits & 1 for entry in entries) or _is_sealed_ods(archive, names):
        raise Unreadable(file_name, *_ENDINGS["password"])
    if "xl/workbook.xml" not in names and "content.xml" not in names:
        raise Unreadable(file_name, "file-kind", _NO_WORKBOOK)
    unpacked = sum(entry.file_size for entry in entries)
    too_large = unpacked > limits.unpacked_megabytes * 1024 * 1024
    if too_large or unpacked > max(size, 10_000) * limits.ratio or len(entries) > limits.entries:
        raise Unreadable(file_name, "file-bomb", _UNPACKS_TOO_LARGE)


def _is_sealed_ods(archive: zipfile.ZipFile, names: set[str]) -> bool:
    manifest = "META-INF/manifest.xml"
    if manifest not in names or archive.getinfo(manifest).file_size > 1_000_000:  # noqa: PLR2004
        return False
    return b"encryption-data" in archive.read(manifest)


def _no_workbook(data: bytes, file_name: str) -> tuple[str, Words]:
    if _WEB_PAGE.match(data):
        return "file-web-page", _WEB_PAGE_INSIDE
    if file_name.lower().endswith((".csv", ".txt", ".tsv")) or (
        b"\x00" not in data[:4096] and data[:4096].count(b",") + data[:4096].count(b"\t") > 1
    ):
        return "file-csv", _CSV
    return "file-kind", _NO_WORKBOOK


def _too_large(megabytes: int) -> Words:
    return Words(
        f"文件超过 {megabytes} MB。请去掉图片和多余的工作表，或分成几个文件上传；没有读入任何内容",
        f"The file is larger than {megabytes} MB. Remove pictures and spare sheets, or split it; "
        "nothing was read",
    )


_EMPTY = Words(
    "这个文件是空的，没有可读的工作表。请检查是否选错了文件",
    "This file is empty: there is no sheet to read. Check whether it is the right one",
)
_MACROS = Words(
    "这个工作簿带有宏（.xlsm），出于安全不能读。请用“另存为”存成 .xlsx 再上传；原文件没有改动",
    "This workbook holds macros (.xlsm) and is not opened. Save it as .xlsx and upload that; your "
    "file is unchanged",
)
_UNPACKS_TOO_LARGE = Words(
    "这个文件解开后大得不正常，没有读入。请把名册复制到新的空白工作簿里再上传",
    "This file unpacks to far more than a roster holds and was not read. Copy the roster into a "
    "new workbook",
)
_CSV = Words(
    "CSV 文本不能用来上传名册：长数字（身份证号）会丢位，汉字编码也不确定。请另存为 .xlsx 再上传",
    "A roster is not read from CSV: long numbers lose digits there and the encoding is uncertain. "
    "Save it as .xlsx",
)
_WEB_PAGE_INSIDE = Words(
    "这个文件其实是网页或 XML，只是改了后缀。请用 WPS 或 Excel 打开它，另存为 .xlsx 再上传",
    "This file is a web page or XML under another name. Open it in a spreadsheet program and save "
    "it as .xlsx",
)
_NO_WORKBOOK = Words(
    "这不是能读的电子表格。可以上传 .xlsx、.xls 或 .ods；没有读入任何内容",
    "This is no workbook that can be read. Upload .xlsx, .xls or .ods; nothing was read",
)
_ENDINGS: dict[str, tuple[str, Words]] = {
    "password": (
        "file-password",
        Words(
            "这个工作簿设了密码，打不开。请取消密码后另存一份再上传；原文件没有改动",
            "This workbook is protected by a password. Save a copy without it and upload that; "
            "your file is unchanged",
        ),
    ),
    "rows": (
        "file-rows",
        Words(
            "工作表的行数超过上限。请按支部分成几个文件上传；没有读入任何内容",
            "A sheet has more rows than are read at once. Split the file by branch; nothing was "
            "read",
        ),
    ),
    "columns": (
        "file-columns",
        Words(
            "工作表超过 256 列，不像名册。请删去右边多余的列再上传；没有读入任何内容",
            "A sheet has more than 256 columns. Remove the spare ones on the right; nothing was "
            "read",
        ),
    ),
    "broken": (
        "file-broken",
        Words(
            "这个文件已损坏，或不是电子表格，读不出来。请用 WPS 或 Excel 打开后另存为 .xlsx 再上传",
            "This file is damaged or no workbook. Open it in a spreadsheet program and save it as "
            ".xlsx",
        ),
    ),
}
