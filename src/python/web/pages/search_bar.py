"""The search box and what is around it. The address is the state; the widgets show it."""

from datetime import date
from urllib.parse import parse_qs
from uuid import UUID

import streamlit as st

from ibid_contract import Collection, SearchMode, SearchSort
from web import session, words
from web.components.script import draw_completions, draw_steps
from web.components.search_help import draw_search_help
from web.search_state import SearchState

_MODES = {
    SearchMode.HYBRID: "Words and meaning",
    SearchMode.LEXICAL: "Words",
    SearchMode.SEMANTIC: "Meaning",
}
_SORTS = {
    SearchSort.RELEVANCE: "Best first",
    SearchSort.NEWEST: "Newest first",
    SearchSort.OLDEST: "Oldest first",
}
_STEPS = "ibid_steps"


def draw_search_bar(state: SearchState, collections: dict[UUID, Collection]) -> None:
    _show(state, collections)
    with st.container(key="ibid_searchbar"):
        _draw_query()
        _draw_choices(state, collections)
    draw_completions("q")
    draw_steps(_STEPS, _follow)


def _show(state: SearchState, collections: dict[UUID, Collection]) -> None:
    session.show_as(
        {
            "q": state.query,
            "mode": state.mode,
            "sort": state.sort,
            "in": [one for one in state.collections if one in collections],
            "types": [one for one in state.media_types if one in words.kinds()],
            "metadata": state.metadata,
            "after": state.after,
            "before": state.before,
            "explain": state.explain,
        }
    )


def _draw_query() -> None:
    box, go, helped = st.columns([7.8, 1.4, 1.2], vertical_alignment="bottom")
    box.text_input(
        "Search",
        key="q",
        placeholder="Ask in your own words, or search for exact ones",
        label_visibility="collapsed",
        max_chars=4_000,
        on_change=_search,
        icon=":material/search:",
        autocomplete="off",
    )
    go.button("Search", type="primary", width="stretch", on_click=_search)
    with helped.popover("Help", width="stretch"):
        draw_search_help()


def _draw_choices(state: SearchState, collections: dict[UUID, Collection]) -> None:
    where, how, order, filters = st.columns([2.7, 4.4, 1.7, 1.6], vertical_alignment="center")
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
    order.selectbox(
        "Order",
        list(_SORTS),
        key="sort",
        format_func=_SORTS.__getitem__,
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
            sort=session.chosen("sort") or SearchSort.RELEVANCE,
            media_types=tuple(session.chosen("types") or ()),
            languages=before.languages,
            authors=before.authors,
            metadata=session.chosen("metadata") or "",
            after=_day("after"),
            before=_day("before"),
            explain=bool(session.chosen("explain")),
        ).params()
    )


def _follow() -> None:
    """Go to the search that a link leads to."""
    query = session.chosen(_STEPS)["step"].removeprefix("?")
    session.set_params(SearchState.read(parse_qs(query)).params())


def _day(key: str) -> date | None:
    day = session.chosen(key)
    return day if isinstance(day, date) else None
