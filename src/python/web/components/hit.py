"""One hit: where it stands, and what it says."""

import re

from ibid_contract import Duplicate, Hit, OtherPassage
from web import links, words
from web.components import html
from web.links import Place
from web.markup import literal, marked

_GAP = '<span class="ibid-gap"></span>'
_MOST_OTHERS = 3
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
        f"{_why(hit)}{_others(hit, query)}{_duplicates(hit, query)}"
        f'<p class="ibid-foot">{html.anchor("Open at this place", place, label=label)}'
        f"{_alike(hit)}{_scores(hit)}</p></article>"
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


def _why(hit: Hit) -> str:
    return f'<p class="ibid-more">{literal(hit.why)}</p>' if hit.why else ""


def _others(hit: Hit, query: str) -> str:
    """The API names three others at most; a search within the document has them all."""
    if not hit.others:
        return ""
    named = ", ".join(_other(hit, one, query) for one in hit.others)
    rest = ""
    if len(hit.others) == _MOST_OTHERS:
        rest = f", {html.anchor('all of them', links.search_within(hit.document_id, query))}"
    told = words.count(len(hit.others), "more passage")
    return f'<p class="ibid-more">{told}: {named}{rest}</p>'


def _other(hit: Hit, other: OtherPassage, query: str) -> str:
    place = Place(hit.document_id, hit.version, other.start, other.end, query=query or None)
    pages = [hit.page, *(one.page for one in hit.others)]
    # formats without pages are all on the first one
    is_told_by_page = pages.count(other.page) == 1
    name = f"page {other.page}" if is_told_by_page else f"character {other.start:,}"
    return html.anchor(name, place.href(), label=f"{hit.title}, {name}")


def _duplicates(hit: Hit, query: str) -> str:
    if not hit.duplicates:
        return ""
    named = ", ".join(_duplicate(one, query) for one in hit.duplicates)
    return f'<p class="ibid-more">Also in: {named}</p>'


def _duplicate(one: Duplicate, query: str) -> str:
    place = Place(one.document_id, one.version, one.start, one.end, query=query or None)
    return html.anchor(one.title, place.href(), label=f"{one.title}, page {one.page}")


def _alike(hit: Hit) -> str:
    href = links.like(hit.document_id, hit.passage_id)
    return html.anchor("More like this", href, label=f"More like this passage of {hit.title}")


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
