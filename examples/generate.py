"""Writes the PDF and DOCX documents of ``documents/`` from the Markdown under ``sources/``.

A source is a few lines of ``key: value``, an empty line, and a small Markdown: ``##`` and ``###``
headings, paragraphs, ``- `` and ``1. `` lists, and tables between pipes. The same sources give the
same bytes on every machine: dates are fixed and nothing is compressed, since deflate differs
between builds of zlib.
"""

import argparse
import io
from collections.abc import Mapping
from pathlib import Path
from typing import cast
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import docx
from docx.document import Document
from docx.opc.rel import Relationships
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Pt
from fpdf import FPDF, FontFace
from reading import Block, Kind, Source, read_source

HERE = Path(__file__).parent
SOURCES = HERE / "sources"
DOCUMENTS = HERE / "documents"

_FONT = "Helvetica"
_A5_MM = (148, 210)
_PDF_SIZES = {1: 19.0, 2: 13.5, 3: 11.0}
_MARGIN_MM = 17
_LINE_MM = 4.5
_INDENT_MM = 6
_STYLES = frozenset(
    (
        "Normal",
        "Title",
        "Heading 1",
        "Heading 2",
        "List Bullet",
        "List Number",
        "Table Grid",
        "Default Paragraph Font",
        "Normal Table",
        "No List",
    )
)
_UNUSED_PARTS = ("/stylesWithEffects", "/customXml", "/thumbnail")


def render(source: Source) -> bytes:
    """Return the document that ``source.name``'s suffix asks for."""
    return _docx(source) if source.name.endswith(".docx") else _pdf(source)


def sources() -> list[Source]:
    return [read_source(path) for path in sorted(SOURCES.glob("*.md"))]


class _Pages(FPDF):
    def footer(self) -> None:
        self.set_y(-14)
        self.set_font(_FONT, size=8)
        self.cell(0, 10, str(self.page_no()), align="C")


def _pdf(source: Source) -> bytes:
    pdf = _Pages(format=_A5_MM)
    pdf.set_compression(False)
    # The built-in fonts know Windows-1252 and need no font file; a character outside it raises.
    pdf.core_fonts_encoding = "cp1252"
    pdf.set_title(source.title)
    pdf.set_author(source.author)
    pdf.set_lang(source.language)
    pdf.set_creator("examples/generate.py")
    pdf.set_producer("Ibid examples")
    pdf.set_creation_date(source.written_at)
    pdf.set_margin(_MARGIN_MM)
    pdf.set_auto_page_break(True, _MARGIN_MM)
    pdf.add_page()
    step = 0
    for block in source.blocks:
        step = step + 1 if block.kind is Kind.STEP else 0
        _draw(pdf, block, step)
    return bytes(pdf.output())


def _draw(pdf: FPDF, block: Block, step: int) -> None:
    match block.kind:
        case Kind.TITLE:
            _draw_heading(pdf, block.text, 1)
        case Kind.HEADING:
            _draw_heading(pdf, block.text, 2)
        case Kind.SUBHEADING:
            _draw_heading(pdf, block.text, 3)
        case Kind.TABLE:
            _draw_table(pdf, block.rows)
        case Kind.BULLET:
            _draw_item(pdf, "•", block.text)
        case Kind.STEP:
            _draw_item(pdf, f"{step}.", block.text)
        case Kind.PARAGRAPH:
            _draw_text(pdf, block.text)


def _draw_heading(pdf: FPDF, text: str, level: int) -> None:
    # A heading at the foot of a page would be parted from its text.
    if pdf.will_page_break(8 * _LINE_MM):
        pdf.add_page()
    size = _PDF_SIZES[level]
    pdf.ln(0 if level == 1 else 3)
    pdf.start_section(text, level - 1)
    pdf.set_font(_FONT, style="B", size=size)
    pdf.multi_cell(0, size * 0.42, text, align="L", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(2)


def _draw_text(pdf: FPDF, text: str) -> None:
    pdf.set_font(_FONT, size=10.5)
    pdf.multi_cell(0, _LINE_MM, text, align="L", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(2.8)


def _draw_item(pdf: FPDF, marker: str, text: str) -> None:
    pdf.set_font(_FONT, size=10.5)
    pdf.set_x(pdf.l_margin + 2)
    pdf.cell(_INDENT_MM, _LINE_MM, marker)
    pdf.multi_cell(0, _LINE_MM, text, align="L", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(1.5)


def _draw_table(pdf: FPDF, rows: tuple[tuple[str, ...], ...]) -> None:
    if pdf.will_page_break(len(rows) * _LINE_MM):
        pdf.add_page()
    pdf.set_font(_FONT, size=9.5)
    bold = FontFace(emphasis="BOLD")
    # A column is as wide as its longest cell, within reason: one long cell may wrap.
    widths = tuple(
        min(max(map(pdf.get_string_width, column)) + 4, pdf.epw / 2)
        for column in zip(*rows, strict=True)
    )
    with pdf.table(
        headings_style=bold, line_height=_LINE_MM, text_align="LEFT", col_widths=widths
    ) as table:
        for cells in rows:
            row = table.row()
            for cell in cells:
                row.cell(cell)
    pdf.ln(4)


def _docx(source: Source) -> bytes:
    document = docx.Document()
    _strip_template(document)
    properties = document.core_properties
    properties.title = source.title
    properties.author = source.author
    properties.last_modified_by = source.author
    properties.language = source.language
    properties.comments = ""
    properties.created = properties.modified = source.written_at.replace(tzinfo=None)
    document.styles["Normal"].font.size = Pt(11)
    for block in source.blocks:
        _write(document, block)
    buffer = io.BytesIO()
    document.save(buffer)
    return _without_times(buffer.getvalue())


def _write(document: Document, block: Block) -> None:
    match block.kind:
        case Kind.TITLE:
            document.add_heading(block.text, 0)
        case Kind.HEADING:
            document.add_heading(block.text, 1)
        case Kind.SUBHEADING:
            document.add_heading(block.text, 2)
        case Kind.TABLE:
            _write_table(document, block.rows)
        case Kind.BULLET:
            document.add_paragraph(block.text, style="List Bullet")
        case Kind.STEP:
            document.add_paragraph(block.text, style="List Number")
        case Kind.PARAGRAPH:
            document.add_paragraph(block.text)


def _write_table(document: Document, rows: tuple[tuple[str, ...], ...]) -> None:
    table = document.add_table(rows=0, cols=len(rows[0]), style="Table Grid")
    for cells in rows:
        for cell, text in zip(table.add_row().cells, cells, strict=True):
            cell.text = text
    for cell in table.rows[0].cells:
        cell.paragraphs[0].runs[0].bold = True


def _strip_template(document: Document) -> None:
    """Take out of python-docx's template what makes it 0.9 MB: unused styles, twice over."""
    styles = document.styles.element
    for style in styles.findall(qn("w:style")):
        name = cast(BaseOxmlElement, style.find(qn("w:name"))).get(qn("w:val"), "")
        if name.replace("heading", "Heading") not in _STYLES:
            styles.remove(style)
    for relationships in (document.part.rels, document.part.package.rels):
        _drop_unused(relationships)


def _drop_unused(relationships: Relationships) -> None:
    unused = [key for key, one in relationships.items() if one.reltype.endswith(_UNUSED_PARTS)]
    for key in unused:
        del relationships[key]


def _without_times(package: bytes) -> bytes:
    """Write the package again, stored and dated 1980, the first date a ZIP can hold."""
    buffer = io.BytesIO()
    with ZipFile(io.BytesIO(package)) as old, ZipFile(buffer, "w", ZIP_STORED) as new:
        for name in old.namelist():
            member = ZipInfo(name)
            member.create_system = 3
            new.writestr(member, old.read(name))
    return buffer.getvalue()


def stale(rendered: Mapping[str, bytes], folder: Path) -> list[str]:
    """Return the names whose bytes in ``folder`` are missing or different."""
    return [
        name
        for name, body in rendered.items()
        if not (folder / name).exists() or (folder / name).read_bytes() != body
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when stale")
    only_check = parser.parse_args().check
    rendered = {source.name: render(source) for source in sources()}
    names = stale(rendered, DOCUMENTS)
    for name in names:
        print(f"stale: {name}" if only_check else f"wrote {name}")
        if not only_check:
            (DOCUMENTS / name).write_bytes(rendered[name])
    if only_check and names:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
