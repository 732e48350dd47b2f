"""Find out what a document is: by its content first, by its name only among formats of text."""

import re
import zipfile
from pathlib import PurePosixPath
from typing import IO

from libs.extraction.canonical import decode, looks_like_text
from libs.extraction.errors import EmptyDocument, UnsupportedMediaType
from libs.extraction.model import MediaType

SAMPLE = 64 * 1024

_PDF = b"%PDF-"
_PDF_WITHIN = 1024  # readers forgive a little in front of the mark
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DOCX_PART = "word/document.xml"
_HTML = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_NOT_TEXT = (b"{\\rtf", b"%!PS", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x7fELF")
_BY_SUFFIX = {
    ".md": MediaType.MARKDOWN,
    ".markdown": MediaType.MARKDOWN,
    ".mdown": MediaType.MARKDOWN,
    ".mkd": MediaType.MARKDOWN,
    ".html": MediaType.HTML,
    ".htm": MediaType.HTML,
    ".xhtml": MediaType.HTML,
}
# XML, tables and source code are text, but what a reader wants from them is not.
_REFUSED_SUFFIXES = {".svg", ".rtf", ".eml", ".mhtml", ".mht"}


def detect(content: IO[bytes], filename: str) -> MediaType:
    """Return the media type of a document. ``content`` is seekable and is read from its start.

    Raises:
        EmptyDocument: it has no bytes.
        UnsupportedMediaType: it is nothing that Ibid reads.
    """
    content.seek(0)
    sample = content.read(SAMPLE)
    suffix = PurePosixPath(filename.lower()).suffix
    if not sample:
        raise EmptyDocument
    if _PDF in sample[:_PDF_WITHIN]:
        return MediaType.PDF
    if sample.startswith(b"PK") and _holds_docx(content, suffix):
        return MediaType.DOCX
    # What Word locks with a password is no zip any more; reading it says so.
    if sample.startswith(_OLE) and suffix == ".docx":
        return MediaType.DOCX
    if sample.startswith((*_NOT_TEXT, _OLE, b"PK\x03\x04")) or suffix in _REFUSED_SUFFIXES:
        raise UnsupportedMediaType
    if not looks_like_text(sample):
        raise UnsupportedMediaType
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    return MediaType.HTML if _HTML.match(decode(sample[:2_048])) else MediaType.TEXT


def _holds_docx(content: IO[bytes], suffix: str) -> bool:
    content.seek(0)
    try:
        with zipfile.ZipFile(content) as archive:
            return _DOCX_PART in archive.NameToInfo
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return suffix == ".docx"
