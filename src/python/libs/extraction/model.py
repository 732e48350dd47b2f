"""What comes out of a document, and within which limits."""

from dataclasses import dataclass
from enum import StrEnum

import msgspec


class MediaType(StrEnum):
    """The formats that Ibid reads."""

    TEXT = "text/plain"
    MARKDOWN = "text/markdown"
    HTML = "text/html"
    PDF = "application/pdf"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class Page(msgspec.Struct, frozen=True):
    """A contiguous span of the canonical text; the first page is number 1."""

    number: int
    start: int
    end: int


class Extracted(msgspec.Struct, frozen=True):
    """The canonical text of a document and where its pages stand in it.

    ``text`` has no NUL, no control characters but newline and tab, no lone surrogates and no
    byte-order mark. Pages follow each other without a gap, from 0 to len(text). HTML and Word
    documents come as text with Markdown's signs for headings, lists and tables.
    """

    text: str
    pages: list[Page]
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one document may take. Beyond it, reading ends with a typed reason."""

    memory_bytes: int = 2 * 1024**3
    seconds: float = 120.0
    max_characters: int = 20_000_000
    max_pages: int = 10_000
    max_unpacked_bytes: int = 200 * 1024**2  # of one part of a Word document
    max_archive_entries: int = 10_000


@dataclass(frozen=True, slots=True)
class Highlight:
    """A span of the canonical text of one page, counted from the start of that page."""

    start: int
    end: int
