"""Which part of a long text is shown at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from ibid_contract import DocumentText, PageSpan

LENGTH = 6_000
"""Two or three printed pages: read at leisure, drawn at once."""

_BEFORE = 900
"""Code points shown before a marked span, so that it is read in its context."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the shown text that lies on one page, or None where the page is not known."""

    page: int | None
    text: str
    start: int


def window(place: tuple[int, int] | None, first: int | None) -> tuple[int, int]:
    """Return which ``[start, end)`` of the text to ask for.

    ``first`` is where the reader has gone; without it the window is around ``place``, and shows
    all of it unless it is longer than a window.
    """
    if first is None and place is not None:
        first = place[0] - _BEFORE
        if place[1] - place[0] > LENGTH - _BEFORE:
            first = place[0]
    start = max(0, first or 0)
    return start, start + LENGTH


def earlier(text: DocumentText) -> int | None:
    """Return where the window before this one starts, None if this is the first."""
    return max(0, text.start - LENGTH) if text.start > 0 else None


def later(text: DocumentText) -> int | None:
    """Return where the window after this one starts, None if this is the last."""
    return text.end if text.end < text.length else None


def pieces(text: DocumentText) -> list[Piece]:
    """Cut the shown text at its page breaks."""
    cuts: list[Piece] = []
    for page in text.pages:
        start, end = max(page.start, text.start), min(page.end, text.end)
        if start < end:
            shown = text.text[start - text.start : end - text.start]
            cuts.append(Piece(page.number, shown, start))
    return cuts or [Piece(None, text.text, text.start)]


def page_at(pages: Sequence[PageSpan], offset: int) -> int | None:
    """Return the number of the page that the offset lies on."""
    return next((page.number for page in pages if page.start <= offset < page.end), None)
