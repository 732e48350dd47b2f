"""One hit: where it stands, and what it says."""

import re

from ibid_contract import Hit
from web import words
from web.components import html
from web.links import Place
from web.markup import literal, marked

_GAP = '<span class="ibid-gap"></span>'
_EMPTY_LINES = re.compile(r"(?:[ \t]*&#10;){2,}")


def draw_hit(hit: Hit, collection: str, query: str) -> None:
    """``collection`` is the name of the collection that the document is in."""
    html.draw(hit_html(hit, collection, query))


def hit_html(hit: Hit, collection: str, query: str = "") -> str:
    place = Place(hit.document_id, hit.version, hit.start, hit.end, query=query or None).href()
    title = html.anchor(hit.title, place, style="ibid-title")
    label = f"{hit.title}, page {hit.page}"
    return (
        f'<article class="ibid-hit"><h3>{title}</h3>'
        f'<p class="ibid-where">{_where(hit, collection)}</p>'
        f'<blockquote class="ibid-passage">{_passage(hit)}</blockquote>'
        f'<p class="ibid-foot">{html.anchor("Open at this place", place, label=label)}'
        f"{_scores(hit)}</p></article>"
    )


def _passage(hit: Hit) -> str:
    """Empty lines take less room here than in the document, and a PDF's lines none: it has no other
    way to end a line than the width of its paper."""
    text = _EMPTY_LINES.sub(_GAP, marked(hit.text, hit.highlights))
    return text.replace("&#10;", " ") if hit.media_type == "application/pdf" else text


def _where(hit: Hit, collection: str) -> str:
    return html.joined(
        [
            literal(collection),
            f"page {hit.page}",
            literal(hit.heading) if hit.heading else "",
            literal(words.kind(hit.media_type)),
        ]
    )


def _scores(hit: Hit) -> str:
    if hit.scores is None:
        return ""
    parts = [f"score {hit.score:.4f}"]
    if hit.scores.lexical is not None:
        parts.append(f"words {hit.scores.lexical:.2f}")
    if hit.scores.semantic is not None:
        parts.append(f"meaning {hit.scores.semantic:.3f}")
    parts.append(f"characters {hit.start:,}–{hit.end:,}")
    parts.append(f"version {hit.version}")
    return f'<span class="ibid-scores">{html.joined(parts)}</span>'
