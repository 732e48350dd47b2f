"""A window of a document's text, with the span of interest marked."""

from ibid_contract import DocumentText
from web import windows
from web.components import html
from web.markup import marked

PLACE = "ibid-place"
"""The id of the first mark."""


def draw_text(text: DocumentText, place: tuple[int, int] | None) -> None:
    html.draw(text_html(text, place))


def text_html(text: DocumentText, place: tuple[int, int] | None) -> str:
    body = "".join(_piece(piece, place) for piece in windows.pieces(text))
    body = body.replace("<mark>", f'<mark id="{PLACE}" tabindex="-1">', 1)
    before = '<p class="ibid-cut">…</p>' if text.start > 0 else ""
    after = '<p class="ibid-cut">…</p>' if text.end < text.length else ""
    return f'<div class="ibid-text">{before}{body}{after}</div>'


def _piece(piece: windows.Piece, place: tuple[int, int] | None) -> str:
    spans = [] if place is None else [(place[0] - piece.start, place[1] - piece.start)]
    page = "" if piece.page is None else f'<p class="ibid-page">Page {piece.page}</p>'
    return f'<section>{page}<div class="ibid-body">{marked(piece.text, spans)}</div></section>'
