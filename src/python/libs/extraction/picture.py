"""Draw a page of a PDF, with a span of its text marked as with a yellow pen."""

import ctypes
import io
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image, ImageChops

from libs.extraction.errors import Broken
from libs.extraction.model import Highlight
from libs.extraction.pdf_text import NOT_DRAWN, opened, page_text

MAX_WIDTH = 2_000
MAX_HEIGHT = 4_000

_PEN = (255, 236, 110)
_MARGIN = 1  # pixels around a box

type Box = tuple[float, float, float, float]
"""Left, bottom, right and top on the page, in points."""


def draw_page(path: Path, number: int, width: int, highlight: Highlight | None) -> bytes:
    """Return page ``number`` as a PNG at most ``width`` pixels wide.

    Raises:
        Broken: there is no such page, or it cannot be drawn.
    """
    with opened(path) as document:
        if not 1 <= number <= len(document):
            raise Broken(f"The PDF has no page {number}.")
        boxes = _boxes(document, number, highlight) if highlight else []
        try:
            return _draw(document, number, width, boxes)
        except pypdfium2.PdfiumError:
            raise Broken(f"Page {number} of the PDF cannot be drawn.") from None


def _draw(document: pypdfium2.PdfDocument, number: int, width: int, boxes: list[Box]) -> bytes:
    page = document[number - 1]
    page_width, page_height = page.get_size()
    width = max(1, min(width, MAX_WIDTH))
    scale = min(width / max(page_width, 1e-3), MAX_HEIGHT / max(page_height, 1e-3))
    bitmap = page.render(scale=scale, rev_byteorder=True)
    convert = bitmap.get_posconv(page)
    picture = bitmap.to_pil().convert("RGB")
    for left, bottom, right, top in boxes:
        corners = convert.to_bitmap(left, bottom), convert.to_bitmap(right, top)
        _mark(picture, *corners)
    target = io.BytesIO()
    picture.save(target, "PNG", compress_level=6)
    page.close()
    return target.getvalue()


def _mark(picture: Image.Image, one: tuple[int, int], other: tuple[int, int]) -> None:
    (left, right), (top, bottom) = sorted((one[0], other[0])), sorted((one[1], other[1]))
    left, top = max(left - _MARGIN, 0), max(top - _MARGIN, 0)
    right, bottom = min(right + _MARGIN, picture.width), min(bottom + _MARGIN, picture.height)
    if left < right and top < bottom:
        area = picture.crop((left, top, right, bottom))
        pen = Image.new("RGB", area.size, _PEN)
        picture.paste(ImageChops.multiply(area, pen), (left, top))


def _boxes(document: pypdfium2.PdfDocument, number: int, highlight: Highlight) -> list[Box]:
    """Return one box for each stretch of the span that stands on one line."""
    text = page_text(document, number)
    page = document[number - 1]
    textpage = page.get_textpage()
    boxes: list[Box] = []
    is_new_line = True
    start, end = max(highlight.start, 0), max(highlight.end, 0)
    for character_number in text.numbers[start:end]:
        if character_number == NOT_DRAWN:
            is_new_line = True
            continue
        box = _box(textpage, character_number)
        if box is None:
            continue
        if is_new_line or not _follows(boxes[-1], box):
            boxes.append(box)
        else:
            boxes[-1] = _around(boxes[-1], box)
        is_new_line = False
    textpage.close()
    page.close()
    return boxes


def _box(textpage: pypdfium2.PdfTextPage, number: int) -> Box | None:
    box = pdfium.FS_RECTF()
    if not pdfium.FPDFText_GetLooseCharBox(textpage, number, ctypes.byref(box)):
        return None
    left, right = sorted((box.left, box.right))
    bottom, top = sorted((box.bottom, box.top))
    return (left, bottom, right, top) if left < right and bottom < top else None


def _follows(line: Box, box: Box) -> bool:
    """Tell whether the boxes overlap in height, or, where the line is turned, in width."""
    return min(line[3], box[3]) > max(line[1], box[1]) or min(line[2], box[2]) > max(
        line[0], box[0]
    )


def _around(one: Box, other: Box) -> Box:
    return (
        min(one[0], other[0]),
        min(one[1], other[1]),
        max(one[2], other[2]),
        max(one[3], other[3]),
    )
