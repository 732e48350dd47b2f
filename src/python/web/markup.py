"""Texts of strangers as HTML that shows them literally.

Whatever comes from a document, a name or a query passes through here before it is drawn.
Streamlit's Markdown never sees it: escaped or not, it makes icons and colours of some texts.
"""

from collections.abc import Iterable
from html import escape


def literal(text: str) -> str:
    """HTML that shows the text as it is, line breaks included, and does not turn its neighbours.

    Line breaks are character references, as Streamlit dedents the HTML it is given.
    """
    return f"<bdi>{_escaped(text)}</bdi>"


def marked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """HTML of the text, with ``<mark>`` around each ``[start, end)``. Spans may overlap."""
    parts: list[str] = []
    position = 0
    for start, end in merged(spans, len(text)):
        parts.append(_escaped(text[position:start]))
        parts.append(f"<mark>{_escaped(text[start:end])}</mark>")
        position = end
    parts.append(_escaped(text[position:]))
    return "".join(parts)


def merged(spans: Iterable[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """The spans in order, within ``[0, length)``, without empty ones and overlaps."""
    found: list[tuple[int, int]] = []
    for start, end in sorted((max(0, start), min(length, end)) for start, end in spans):
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def shortened(text: str, length: int) -> str:
    """The text, or its beginning and an ellipsis, at most ``length`` characters long."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def _escaped(text: str) -> str:
    return escape(text, quote=True).replace("\n", "&#10;")
