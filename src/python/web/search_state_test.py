from datetime import UTC, date, datetime
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from ibid_contract import Filters, SearchMode, SearchRequest, SearchSort
from web.search_state import SearchState

_ID = UUID("01890000-0000-7000-8000-000000000001")
_TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]))

_STATES = st.builds(
    SearchState,
    query=_TEXTS,
    collections=st.lists(st.uuids(), max_size=3).map(tuple),
    documents=st.lists(st.uuids(), max_size=2).map(tuple),
    mode=st.sampled_from(SearchMode),
    sort=st.sampled_from(SearchSort),
    media_types=st.lists(st.sampled_from(["application/pdf", "text/html"]), max_size=2).map(tuple),
    languages=st.lists(st.sampled_from(["de", "en", ""]), max_size=2).map(tuple),
    authors=st.lists(_TEXTS.filter(bool), max_size=2).map(tuple),
    metadata=_TEXTS,
    after=st.none() | st.dates(max_value=date(9000, 1, 1)),
    before=st.none() | st.dates(max_value=date(9000, 1, 1)),
    explain=st.booleans(),
    like=st.none() | st.uuids(),
    passage=st.none() | st.uuids(),
)


@given(_STATES)
def test_an_address_holds_all_of_a_search(state: SearchState) -> None:
    params = parse_qs(urlsplit(state.href()).query, strict_parsing=bool(state.params()))
    assert SearchState.read(params) == state


@given(
    st.dictionaries(
        st.sampled_from(["q", "mode", "sort", "page", "after", "collection", "language", "like"]),
        st.lists(st.text(), min_size=1),
    )
)
def test_any_address_can_be_read(params: dict[str, list[str]]) -> None:
    SearchState.read(params)


def test_a_plain_search_has_a_plain_address() -> None:
    assert SearchState("late fees").href() == "/?q=late+fees"


def test_the_next_page_keeps_the_search() -> None:
    state = SearchState("a", mode=SearchMode.LEXICAL).next_page("abc")
    assert state.href() == "/?q=a&mode=lexical&cursor=abc&page=2"
    assert state.first_page().href() == "/?q=a&mode=lexical"


def test_the_last_day_counts_whole() -> None:
    state = SearchState(
        "a", (_ID,), metadata="year = 2024", after=date(2026, 1, 1), before=date(2026, 1, 31)
    )
    assert state.request(10) == SearchRequest(
        query="a",
        collections=[_ID],
        filters=Filters(
            metadata={"year": 2024},
            created_after=datetime(2026, 1, 1, tzinfo=UTC),
            created_before=datetime(2026, 2, 1, tzinfo=UTC),
        ),
        limit=10,
    )


def test_a_document_is_one_hit_but_where_one_searches_within_it() -> None:
    assert SearchState("a").request(10).group
    assert not SearchState("a", documents=(_ID,)).request(10).group


def test_languages_authors_and_the_order_are_asked_for() -> None:
    state = SearchState("a", sort=SearchSort.NEWEST, languages=("",), authors=("Ann",))
    assert state.request(10, ["date"]) == SearchRequest(
        query="a",
        filters=Filters(languages=[""], authors=["Ann"]),
        limit=10,
        facets=["date"],
        sort=SearchSort.NEWEST,
    )
