"""Documents in every format, made on the spot, sound and hostile."""

import io
import zipfile
from collections.abc import Mapping, Sequence

from docx import Document
from fpdf import FPDF

_DOCX_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def make_pdf(
    pages: Sequence[str], *, title: str | None = None, password: str | None = None
) -> bytes:
    """Return a PDF with one page for each text, in Helvetica (Latin-1 only)."""
    pdf = FPDF()
    pdf.set_font("Helvetica", size=12)
    if title:
        pdf.set_title(title)
    if password:
        pdf.set_encryption(owner_password=password + "!", user_password=password)
    for page in pages:
        pdf.add_page()
        pdf.multi_cell(0, 6, page, align="L")
    return bytes(pdf.output())


def make_docx(paragraphs: Sequence[tuple[str, str]], *, title: str = "") -> bytes:
    """Return a Word document of (style, text) paragraphs; the style may be empty."""
    document = Document()
    document.core_properties.title = title
    for style, text in paragraphs:
        document.add_paragraph(text, style=style or None)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def make_zip(parts: Mapping[str, bytes]) -> bytes:
    """Return a zip archive, such as a Word document made by hand."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def make_docx_by_hand(
    body: str, *, before: str = "", parts: Mapping[str, bytes] | None = None
) -> bytes:
    """Return a Word document with just this XML in its body, ``before`` ahead of the root."""
    xml = f'{before}<w:document xmlns:w="{_DOCX_NAMESPACE}"><w:body>{body}</w:body></w:document>'
    return make_zip({"word/document.xml": xml.encode(), **(parts or {})})
