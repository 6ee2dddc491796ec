"""Official papers as docx: a title, a unit line, boxed grids of labels and values, signatures.

Pure: values in, bytes out. A4 with the margins of GB/T 9704; what a person typed is text and
nothing else. Who took the paper away stands in its foot and in the properties of the file (U8).
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docx.document import Document as Docx
    from docx.table import Table, _Cell
    from docx.text.paragraph import Paragraph

    from portal.documents.official import Mark

TITLE, LABEL, BODY = "方正小标宋简体", "黑体", "仿宋"
_MARGINS = {"top": 37, "bottom": 35, "left": 28, "right": 26}
_PAIRS = 2


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels and short values, two pairs a row."""

    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Rows:
    """A table of its own: a heading over it, column titles, rows of text."""

    heading: str
    titles: Sequence[str]
    rows: Sequence[Sequence[str]]
    empty: str = "无"


@dataclass(frozen=True, slots=True)
class Box:
    """A labelled box for a longer text; empty, it leaves room to write by hand."""

    label: str
    text: str
    lines: int = 3


@dataclass(frozen=True, slots=True)
class Paper:
    """One official paper."""

    title: str
    unit: str
    parts: Sequence[Facts | Rows | Box]
    signatures: Sequence[str]
    mark: Mark


def write(paper: Paper) -> bytes:
    """Return `paper` as a docx file."""
    document = Document()
    _set_up(document, paper)
    _line(document.add_paragraph(), paper.title, TITLE, 22, WD_ALIGN_PARAGRAPH.CENTER)
    _line(document.add_paragraph(), paper.unit, BODY, 12)
    for part in paper.parts:
        match part:
            case Facts(pairs):
                _facts(document, pairs)
            case Rows():
                _rows(document, part)
            case Box(label, text, lines):
                _box(document, label, text, lines)
    document.add_paragraph()
    _line(document.add_paragraph(), "　　".join(f"{who}：＿＿＿＿＿＿" for who in paper.signatures),
          BODY, 12)  # fmt: skip
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def _set_up(document: Docx, paper: Paper) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for side, width in _MARGINS.items():
        setattr(section, f"{side}_margin", Mm(width))
    _line(section.footer.paragraphs[0], paper.mark.text, BODY, 8, WD_ALIGN_PARAGRAPH.RIGHT)
    core = document.core_properties
    core.title, core.author, core.comments = paper.title, paper.mark.unit, paper.mark.text
    core.created = core.modified = paper.mark.at.replace(tzinfo=None)


def _line(
    paragraph: Paragraph, text: str, font: str, size: int, align: WD_ALIGN_PARAGRAPH | None = None
) -> None:
    run = paragraph.add_run(_clean(text))
    run.font.size, run.font.name = Pt(size), font
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)  # noqa: SLF001
    if align is not None:
        paragraph.alignment = align


def _clean(text: str) -> str:
    """Drop what no XML may hold; a line break stays one."""
    return "".join(each for each in text if each in "\t\n" or each >= " ")


def _table(document: Docx, rows: int, widths: Sequence[int]) -> Table:
    table: Table = document.add_table(rows=rows, cols=len(widths))
    table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)
    return table


def _fill(cell: _Cell, text: str, font: str = BODY) -> None:
    _line(cell.paragraphs[0], text, font, 11)


def _facts(document: Docx, pairs: Sequence[tuple[str, str]]) -> None:
    rows = -(-len(pairs) // _PAIRS)
    table = _table(document, rows, (26, 52, 26, 52))
    for at, (label, value) in enumerate(pairs):
        row, column = divmod(at, _PAIRS)
        _fill(table.cell(row, 2 * column), label, LABEL)
        _fill(table.cell(row, 2 * column + 1), value)


def _rows(document: Docx, part: Rows) -> None:
    _line(document.add_paragraph(), part.heading, LABEL, 12)
    width = 156 // len(part.titles)
    table = _table(document, 1 + max(len(part.rows), 1), [width] * len(part.titles))
    for at, title in enumerate(part.titles):
        _fill(table.cell(0, at), title, LABEL)
    for row, values in enumerate(part.rows, 1):
        for at, value in enumerate(values):
            _fill(table.cell(row, at), value)
    if not part.rows:
        _fill(table.cell(1, 0), part.empty)


def _box(document: Docx, label: str, text: str, lines: int) -> None:
    table = _table(document, 1, (26, 130))
    _fill(table.cell(0, 0), label, LABEL)
    _fill(table.cell(0, 1), text or "\n" * (lines - 1))
