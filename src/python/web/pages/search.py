"""Search: a query, and the passages that answer it."""

from dataclasses import replace
from uuid import UUID

import streamlit as st

from ibid_client import Client
from ibid_contract import Collection, SearchResponse
from web import metadata, session
from web.components.facets import draw_facets, draw_filters
from web.components.hit import draw_hit
from web.components.notice import draw_note, draw_problem
from web.components.results import (
    draw_correction,
    draw_nothing_found,
    draw_pages,
    draw_summary,
    draw_welcome,
)
from web.facets import FACETS, facets, own_facets
from web.narrowing import filters
from web.pages.alike import draw_alike
from web.pages.common import all_collections, names
from web.pages.judging import draw_thumbs
from web.pages.search_bar import draw_search_bar
from web.search_state import SearchState

_LIMIT = 10
_MOST_OWN = 5
_OWN = "ibid_own_facets"


def draw(ibid: Client) -> None:
    state = SearchState.read(session.params())
    collections = all_collections(ibid)
    draw_search_bar(state, collections)
    _draw_documents(ibid, state)
    if not state.query.strip():
        if state.like:
            draw_alike(ibid, state.like, state.passage, names(collections))
        else:
            draw_welcome(list(collections.values()))
        return
    draw_filters(filters(state), state.without_filters().href())
    try:
        response = _ask(ibid, state)
    except metadata.Malformed as error:
        draw_problem(str(error))
        return
    draw_correction(state, response)
    _draw_response(ibid, state, response, collections)


def _ask(ibid: Client, state: SearchState) -> SearchResponse:
    """Search, counting by the metadata that the hits have.

    Which ones those are shows only then. A session remembers them, so that asking twice is rare.
    """
    known: list[str] = session.chosen(_OWN) or []
    response = ibid.search(state.request(_LIMIT, [*FACETS, *known]))
    wanted = own_facets(response.hits)
    if set(wanted) <= set(known):
        return response
    known = list(dict.fromkeys([*wanted, *known]))[:_MOST_OWN]
    session.show_as({_OWN: known})
    return ibid.search(state.request(_LIMIT, [*FACETS, *known]))


def _draw_response(
    ibid: Client,
    state: SearchState,
    response: SearchResponse,
    collections: dict[UUID, Collection],
) -> None:
    if not response.hits:
        draw_nothing_found(state)
        return
    known = names(collections)
    found = facets(state, response, known)
    left, right = st.columns([3.4, 1], gap="large") if found else (st.container(), None)
    with left:
        draw_summary(state, response)
        for hit in response.hits:
            draw_hit(hit, known.get(hit.collection_id, ""), state.query)
            draw_thumbs(ibid, state.query, hit)
        draw_pages(state, response.next_cursor)
    if right is not None:
        with right:
            draw_facets(found)


def _draw_documents(ibid: Client, state: SearchState) -> None:
    """Say so where the search is within certain documents only."""
    if not state.documents:
        return
    titles = [ibid.get_document(one).title for one in state.documents[:3]]
    more = len(state.documents) - len(titles)
    said = ", ".join(f"“{title}”" for title in titles) + (f" and {more} more" if more else "")
    draw_note(f"Only in {said}.")
    if st.button("Search everywhere", type="tertiary", icon=":material/close:"):
        session.set_params(replace(state.first_page(), documents=()).params())
        st.rerun()
