"""Read a document of a known media type, in this process. Hostile documents: see extractor.py."""

from collections.abc import Callable
from pathlib import Path

from libs.extraction.docx_text import read_docx
from libs.extraction.errors import NoText
from libs.extraction.html_text import read_html
from libs.extraction.model import Extracted, Limits, MediaType
from libs.extraction.pdf_text import read_pdf
from libs.extraction.plain_text import bounded, read_markdown, read_plain

_READERS: dict[MediaType, Callable[[Path, Limits], Extracted]] = {
    MediaType.TEXT: lambda path, limits: read_plain(bounded(path, limits), limits),
    MediaType.MARKDOWN: lambda path, limits: read_markdown(bounded(path, limits), limits),
    MediaType.HTML: lambda path, limits: read_html(bounded(path, limits), limits),
    MediaType.PDF: read_pdf,
    MediaType.DOCX: read_docx,
}


def read(path: Path, media_type: MediaType, limits: Limits) -> Extracted:
    """Return the text of the document.

    Raises:
        Unreadable: one of its subclasses, with the reason.
    """
    extracted = _READERS[media_type](path, limits)
    if not extracted.text.strip():
        raise NoText
    return extracted
