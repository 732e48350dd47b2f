"""Search: a query, and the passages that answer it."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import streamlit as st

from ibid_client import Client
from ibid_contract import Collection, SearchMode, SearchResponse
from web import metadata, session, words
from web.components.hit import draw_hit
from web.components.notice import draw_note, draw_problem
from web.components.results import draw_nothing_found, draw_pages, draw_summary, draw_welcome
from web.components.search_help import draw_search_help
from web.pages.common import all_collections, names
from web.pages.judging import draw_thumbs
from web.search_state import SearchState

_LIMIT = 10

_MODES = {
    SearchMode.HYBRID: "Words and meaning",
    SearchMode.LEXICAL: "Words",
    SearchMode.SEMANTIC: "Meaning",
}


def draw(ibid: Client) -> None:
    state = SearchState.read(session.params())
    collections = all_collections(ibid)
    _show(state, collections)
    with st.container(key="ibid_searchbar"):
        _draw_query(state, collections)
    _draw_documents(ibid, state)
    if not state.query.strip():
        draw_welcome(list(collections.values()))
        return
    try:
        request = state.request(_LIMIT)
    except metadata.Malformed as error:
        draw_problem(str(error))
        return
    _draw_response(ibid, state, ibid.search(request), collections)


def _draw_response(
    ibid: Client,
    state: SearchState,
    response: SearchResponse,
    collections: dict[UUID, Collection],
) -> None:
    if not response.hits:
        draw_nothing_found(state)
        return
    draw_summary(state, response)
    known = names(collections)
    for hit in response.hits:
        draw_hit(hit, known.get(hit.collection_id, ""), state.query)
        draw_thumbs(ibid, state.query, hit)
    draw_pages(state, response.next_cursor)


def _show(state: SearchState, collections: dict[UUID, Collection]) -> None:
    """The address is the state; the widgets show it."""
    session.show_as(
        {
            "q": state.query,
            "mode": state.mode,
            "in": [one for one in state.collections if one in collections],
            "types": [one for one in state.media_types if one in words.kinds()],
            "metadata": state.metadata,
            "after": state.after,
            "before": state.before,
            "explain": state.explain,
        }
    )


def _draw_query(state: SearchState, collections: dict[UUID, Collection]) -> None:
    box, go, helped = st.columns([7.8, 1.4, 1.2], vertical_alignment="bottom")
    box.text_input(
        "Search",
        key="q",
        placeholder="Ask in your own words, or search for exact ones",
        label_visibility="collapsed",
        max_chars=4_000,
        on_change=_search,
        icon=":material/search:",
    )
    go.button("Search", type="primary", width="stretch", on_click=_search)
    with helped.popover("Help", width="stretch"):
        draw_search_help()
    where, how, filters = st.columns([4.6, 4.4, 1.4], vertical_alignment="center")
    where.multiselect(
        "Collections",
        list(collections),
        key="in",
        format_func=lambda one: collections[one].name,
        placeholder="All collections",
        label_visibility="collapsed",
        on_change=_search,
    )
    how.segmented_control(
        "Find by",
        list(_MODES),
        key="mode",
        format_func=_MODES.__getitem__,
        required=True,
        label_visibility="collapsed",
        on_change=_search,
    )
    in_use = state.filters_in_use
    label = f"Filters ({in_use})" if in_use else "Filters"
    with filters.popover(label, icon=":material/tune:", width="stretch"):
        _draw_filters()


def _draw_filters() -> None:
    st.multiselect(
        "Kinds of document",
        list(words.kinds()),
        key="types",
        format_func=words.kind,
        placeholder="All kinds",
        on_change=_search,
    )
    st.text_input(
        "Metadata",
        key="metadata",
        placeholder="department = legal, year = 2024",
        help="Documents whose metadata have all of these values.",
        on_change=_search,
    )
    first, last = st.columns(2)
    first.date_input("Uploaded from", key="after", on_change=_search)
    last.date_input("to", key="before", on_change=_search)
    st.toggle("Explain the ranking", key="explain", on_change=_search)


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


def _search() -> None:
    """Make the address say what the widgets show; the page is drawn from it."""
    before = SearchState.read(session.params())
    session.set_params(
        SearchState(
            query=session.chosen("q") or "",
            # a text is the name of a collection that was renamed or deleted meanwhile
            collections=tuple(one for one in session.chosen("in") or () if isinstance(one, UUID)),
            documents=before.documents,
            mode=session.chosen("mode") or SearchMode.HYBRID,
            media_types=tuple(session.chosen("types") or ()),
            metadata=session.chosen("metadata") or "",
            after=_day("after"),
            before=_day("before"),
            explain=bool(session.chosen("explain")),
        ).params()
    )


def _day(key: str) -> date | None:
    day = session.chosen(key)
    return day if isinstance(day, date) else None
