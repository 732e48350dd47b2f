"""What stands around the hits of a search."""

import re
from collections.abc import Sequence
from dataclasses import replace

from ibid_contract import Collection, Document, SearchMode, SearchResponse
from web import links, words
from web.components import html
from web.components.empty import draw_empty
from web.components.script import STEP
from web.links import Place
from web.markup import literal, shortened
from web.search_state import SearchState

_WORD = re.compile(r"\w+")


def draw_welcome(collections: Sequence[Collection]) -> None:
    """What the page says before there is a query."""
    documents = sum(collection.documents for collection in collections)
    if not documents:
        draw_empty(
            "Nothing to search yet",
            "Upload documents; a moment later their passages can be found here.",
            {"Upload documents": links.UPLOAD},
        )
        return
    places = "".join(_tile(collection) for collection in collections[:12])
    html.draw(
        f'<p class="ibid-lead">{words.count(documents, "document")} in '
        f"{words.count(len(collections), 'collection')}. Ask a question, or quote a few words: "
        "every hit leads to its place in the document.</p>"
        f'<div class="ibid-tiles">{places}</div>'
    )


def draw_summary(state: SearchState, response: SearchResponse) -> None:
    """How much was found, how fast, and on demand how."""
    page = f"page {state.page}" if state.cursor else ""
    parts = [
        words.count(response.total_estimate, _counted(state, response)),
        f"{response.took_ms:.0f} ms",
        page,
    ]
    html.draw(f'<p class="ibid-quiet" role="status">{html.joined(parts)}</p>')
    explanation = response.explanation
    if explanation is None:
        return
    told = {
        "Words looked for": explanation.words or ["none"],
        "Must hold": explanation.required,
        "Must not hold": explanation.excluded,
        "Only documents with": explanation.fields,
        "Corrected": [f"{one} → {other}" for one, other in explanation.corrections.items()],
    }
    asked = "".join(
        f"<dt>{name}</dt><dd>{literal(', '.join(said))}</dd>" for name, said in told.items() if said
    )
    html.draw(
        f'<dl class="ibid-facts ibid-explain">{asked}'
        f"<dt>Model</dt><dd>{literal(explanation.model)}</dd>"
        f"<dt>Understanding the query</dt><dd>{explanation.embed_ms:.1f} ms</dd>"
        f"<dt>Searching</dt><dd>{explanation.database_ms:.1f} ms</dd></dl>"
    )


def draw_correction(state: SearchState, response: SearchResponse) -> None:
    """Say so when words were taken for others, or might be."""
    for note in response.notes:
        html.draw(f'<p class="ibid-note" role="status">{literal(note)}</p>')
    if response.suggestion:
        likelier = replace(state.first_page(), query=response.suggestion).href()
        told = "Few passages have these words." if response.hits else "Nothing holds all of this."
        html.draw(
            f'<p class="ibid-note" role="status">{told} Did you mean '
            f"{html.anchor(response.suggestion, likelier, style=STEP)}?</p>"
        )
    corrected = response.did_you_mean
    if not corrected:
        return
    missing = _missing(state.query, corrected)
    told = f"No document has {', '.join(map(literal, missing))}. " if missing else ""
    meant = replace(state.first_page(), query=corrected).href()
    html.draw(
        f'<p class="ibid-note" role="status">{told}Showing results for '
        f"{html.anchor(corrected, meant, style=STEP)}.</p>"
    )


def draw_likeness(document: Document, *, is_passage: bool) -> None:
    """Say what the hits are like."""
    what = "Documents like a passage of " if is_passage else "Documents like "
    title = html.anchor(document.title, Place(document.id).href())
    html.draw(f'<p class="ibid-note" role="status">{what}{title}</p>')


def draw_pages(state: SearchState, next_cursor: str | None) -> None:
    parts = []
    if state.cursor:
        parts.append(html.button("First hits", state.first_page().href()))
    if next_cursor:
        parts.append(html.button("More hits", state.next_page(next_cursor).href()))
    if parts:
        html.draw(f'<nav class="ibid-pager" aria-label="Pages of hits">{"".join(parts)}</nav>')


def draw_nothing_found(state: SearchState) -> None:
    """What one can do about it: what is likeliest to help comes first."""
    query = shortened(" ".join(state.query.split()), 80)
    if state.cursor:
        draw_empty(
            "No more hits", "You have seen them all.", {"First hits": state.first_page().href()}
        )
        return
    ways: dict[str, str] = {}
    if state.has_filters:
        ways["Search everywhere"] = state.without_filters().href()
    if state.mode is not SearchMode.HYBRID:
        by_both = replace(state, mode=SearchMode.HYBRID)
        ways["Search by words and meaning"] = by_both.href()
    hint = (
        "Check the spelling, use fewer or more common words, or say it as the document would. "
        "Documents that are still being processed cannot be found yet."
    )
    draw_empty(f"Nothing found for “{query}”", hint, {**ways, "See activity": links.ACTIVITY})


def _counted(state: SearchState, response: SearchResponse) -> str:
    """Each document is one hit, unless all that is found is in one."""
    documents = {hit.document_id for hit in response.hits}
    is_one = len(response.hits) > 1 and len(documents) == 1
    return "passage" if is_one or state.documents else "document"


def _missing(query: str, corrected: str) -> list[str]:
    """The words that were corrected, in quotation marks, each once."""
    kept = set(_WORD.findall(corrected.casefold()))
    lost = [word for word in _WORD.findall(query) if word.casefold() not in kept]
    return [f"“{word}”" for word in dict.fromkeys(lost)]


def _tile(collection: Collection) -> str:
    href = links.search_in(collection.id)
    about = shortened(" ".join(collection.description.split()), 120)
    return (
        f'<div class="ibid-tile">{html.anchor(collection.name, href, style="ibid-title")}'
        f"<p>{literal(about)}</p>"
        f'<p class="ibid-quiet">{words.count(collection.documents, "document")}</p></div>'
    )
