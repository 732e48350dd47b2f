"""Read PDFs: the characters of each page as they stand, lines parted where the page parts them."""

import ctypes
import re
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium

from libs.extraction.canonical import canonical
from libs.extraction.errors import Broken, Encrypted, NoText, TooLarge
from libs.extraction.model import Extracted, Limits, Page

PAGE_BREAK = "\n\n"
NOT_DRAWN = -1

_SCANNED = (
    "The PDF holds pictures of its pages and no text, and Ibid does not read pictures (it has no"
    " OCR); run it through a text recognition program and upload the result."
)
_BLANK = (
    "The PDF holds no text that could be searched: its pages are empty, or what they show is drawn"
    " as shapes. Export it anew with its text, or leave it out."
)
_CUT_OFF = (
    "The PDF breaks off before its end, so a part of it is missing; get the whole of it and upload"
    " it again."
)
_END_MARKS = (b"%%EOF", b"startxref")
_END_BYTES = 4_096
"""How much may stand behind the end; readers of PDFs commonly allow 1 KiB."""

_HYPHENS = ("\x02", "\ufffe")  # what PDFium makes of a hyphen at the end of a line
_SPECIAL = re.compile(
    "[\ud800-\udbff][\udc00-\udfff]|[\x00-\x08\x0a-\x1f\x7f-\x9f\ufeff\ufffe\ud800-\udfff]"
)
# Lines of one paragraph stand 1.0 to 1.3 of a line's height apart, paragraphs 1.5 and more.
_PARAGRAPH_GAP = 1.4
_OTHER_SIZE = 0.08


@dataclass(frozen=True, slots=True)
class PageText:
    """The canonical text of a page, and for each character PDFium's number for it.

    The number is NOT_DRAWN for line ends, which stand in the text and not on the page.
    """

    text: str
    numbers: "array[int]"


@dataclass(slots=True)
class _Line:
    characters: list[str]
    numbers: list[int]
    height: float = 0.0
    bottom: float = 0.0

    def extend(self, characters: str, numbers: Iterable[int]) -> None:
        self.characters.extend(characters)
        self.numbers.extend(numbers)


def read_pdf(path: Path, limits: Limits) -> Extracted:
    """Return the text of all pages; a page ends with a blank line that is not on it."""
    with opened(path) as document:
        if _is_cut_off(path):
            raise Broken(_CUT_OFF)
        if len(document) > limits.max_pages:
            raise TooLarge
        parts: list[str] = []
        pages: list[Page] = []
        place = 0
        for number in range(1, len(document) + 1):
            text = page_text(document, number).text
            if number < len(document):
                text += PAGE_BREAK
            parts.append(text)
            pages.append(Page(number, place, place + len(text)))
            place += len(text)
            if place > limits.max_characters:
                raise TooLarge
        title = " ".join(canonical(document.get_metadata_value("Title")).split())[:300]
        text = "".join(parts)
        if not text.strip():
            raise NoText(_SCANNED if _has_pictures(document) else _BLANK)
    return Extracted(text, pages, title or None)


def _is_cut_off(path: Path) -> bool:
    """Whether the end is missing. PDFium mends such a document, without the pages that it lost."""
    with path.open("rb") as content:
        content.seek(max(0, path.stat().st_size - _END_BYTES))
        end = content.read()
    return not any(mark in end for mark in _END_MARKS)


def _has_pictures(document: pypdfium2.PdfDocument) -> bool:
    """Whether one of the pages shows an image, as those of a scan do."""
    for number in range(len(document)):
        try:
            page = document[number]
        except pypdfium2.PdfiumError:
            continue
        try:
            if next(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE]), None) is not None:
                return True
        finally:
            page.close()
    return False


@contextmanager
def opened(path: Path) -> Iterator[pypdfium2.PdfDocument]:
    """Open a PDF. Raises Encrypted when it wants a password, Broken when it has no pages."""
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pdfium.FPDF_ERR_PASSWORD:
            raise Encrypted from None
        raise Broken from None
    try:
        if not len(document):
            raise Broken
        yield document
    finally:
        document.close()


def page_text(document: pypdfium2.PdfDocument, number: int) -> PageText:
    """Return the text of page ``number``; the same page gives the same text, every time."""
    try:
        page = document[number - 1]
        textpage = page.get_textpage()
    except pypdfium2.PdfiumError:
        raise Broken(f"Page {number} of the PDF is damaged and cannot be read.") from None
    try:
        lines = _lines(textpage)
        for line in lines:
            _measure(textpage, line)
        return _join(lines)
    finally:
        textpage.close()
        page.close()


def _lines(textpage: pypdfium2.PdfTextPage) -> list[_Line]:
    """Return the lines that hold something to see, without what canonical text may not hold."""
    get, handle = pdfium.FPDFText_GetUnicode, textpage.raw
    text = "".join([chr(get(handle, number)) for number in range(textpage.count_chars())])
    lines = [_Line([], [])]
    place = 0
    for special in _SPECIAL.finditer(text):
        lines[-1].extend(text[place : special.start()], range(place, special.start()))
        place = special.end()
        if special.group() in _HYPHENS:
            lines[-1].extend("-", [special.start()])
        if special.group() in ("\n", *_HYPHENS):
            lines.append(_Line([], []))
        elif "\ud800" <= special.group()[0] <= "\udfff":
            lines[-1].extend(_joined(special.group()), [special.start()])
    lines[-1].extend(text[place:], range(place, len(text)))
    return [line for line in lines if "".join(line.characters).strip()]


def _joined(surrogates: str) -> str:
    return surrogates.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _measure(textpage: pypdfium2.PdfTextPage, line: _Line) -> None:
    """Set the line's height and bottom from three of its characters."""
    visible = [
        number
        for character, number in zip(line.characters, line.numbers, strict=True)
        if not character.isspace()
    ]
    for number in {visible[0], visible[len(visible) // 2], visible[-1]}:
        box = pdfium.FS_RECTF()
        if pdfium.FPDFText_GetLooseCharBox(textpage, number, ctypes.byref(box)):
            height = abs(box.top - box.bottom)
            if height > line.height:
                line.height, line.bottom = height, min(box.top, box.bottom)


def _join(lines: list[_Line]) -> PageText:
    pitch = _pitch(lines)
    text: list[str] = []
    numbers = array("l")
    for line, before in zip(lines, [None, *lines], strict=False):
        if before is not None:
            line_end = "\n\n" if _is_apart(before, line, pitch) else "\n"
            text.append(line_end)
            numbers.extend([NOT_DRAWN] * len(line_end))
        text.extend(line.characters)
        numbers.extend(line.numbers)
    return PageText("".join(text), numbers)


def _pitch(lines: list[_Line]) -> float:
    """Return the usual distance between lines, in heights of a line: the lower quartile."""
    distances = sorted(
        (before.bottom - line.bottom) / line.height
        for before, line in pairwise(lines)
        if line.height and 0.5 < (before.bottom - line.bottom) / line.height < 3
    )
    return distances[len(distances) // 4] if distances else 1.0


def _is_apart(before: _Line, line: _Line, pitch: float) -> bool:
    height = max(line.height, before.height)
    if not line.height or not before.height:
        return False
    fallen = (before.bottom - line.bottom) / line.height
    is_other_size = abs(line.height - before.height) / height > _OTHER_SIZE
    return fallen > _PARAGRAPH_GAP * pitch or fallen < -2 or (is_other_size and fallen > 0.5)
