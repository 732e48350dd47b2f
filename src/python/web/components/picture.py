"""A page of a PDF as a picture, with the span marked."""

from html import escape
from uuid import UUID

from web import links
from web.components import html


def draw_page_picture(
    document_id: UUID, version: int, number: int, span: tuple[int, int] | None
) -> None:
    source = links.page_picture(document_id, number, version, span)
    told = f"Page {number}, with the passage marked" if span else f"Page {number}"
    html.draw(
        f'<figure class="ibid-picture"><img src="{escape(source, quote=True)}" alt="{told}">'
        f"<figcaption>Page {number}</figcaption></figure>"
    )
