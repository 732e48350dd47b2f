from datetime import date
from uuid import UUID

import pytest

from ibid_contract import Hit
from web.narrowing import filters, is_narrowed, narrowed, widened
from web.search_state import SearchState

_ID = UUID("01890000-0000-7000-8000-000000000001")


def _hit(**metadata: object) -> Hit:
    return Hit(_ID, 1, "A", _ID, 1, 0, 1, None, "a", [], 0.5, metadata, _ID, "text/plain")


@pytest.mark.parametrize(
    ("facet", "value", "narrowed_to"),
    [
        ("collection", str(_ID), SearchState("a", (_ID,))),
        ("media_type", "text/html", SearchState("a", media_types=("text/html",))),
        ("language", "de", SearchState("a", languages=("de",))),
        ("language", "", SearchState("a", languages=("",))),
        ("author", "Ann", SearchState("a", authors=("Ann",))),
        (
            "date",
            "2026-02",
            SearchState("a", after=date(2026, 2, 1), before=date(2026, 2, 28)),
        ),
        ("metadata.department", "legal", SearchState("a", metadata="department = legal")),
    ],
)
def test_a_value_narrows_and_the_facet_widens_again(
    facet: str, value: str, narrowed_to: SearchState
) -> None:
    state = SearchState("a", cursor="abc", page=2)
    assert narrowed(state, facet, value) == narrowed_to
    assert is_narrowed(narrowed_to, narrowed_to)
    assert not is_narrowed(state, narrowed_to)
    assert widened(narrowed_to, facet) == SearchState("a")


@pytest.mark.parametrize("facet", ["author", "metadata.department", "collection", "date"])
def test_no_filter_finds_documents_without_a_value(facet: str) -> None:
    assert narrowed(SearchState("a"), facet, "") is None


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (1999, "year = 2024"),
        ("1999", 'year = "2024"'),
        (["1999", "2024"], 'year = ["2024"]'),
        ([1999], "year = [2024]"),
    ],
)
def test_a_value_is_of_the_type_that_the_hits_have(given: object, text: str) -> None:
    found = narrowed(SearchState("a"), "metadata.year", "2024", [_hit(), _hit(year=given)])
    assert found == SearchState("a", metadata=text)


def test_a_key_that_cannot_be_typed_does_not_narrow() -> None:
    assert narrowed(SearchState("a", metadata="b = 1"), "metadata.a, b", "x") is None


def test_each_filter_can_be_taken_away() -> None:
    state = SearchState(
        "a",
        media_types=("application/pdf", "text/html"),
        languages=("",),
        metadata='year = 2024, tags = ["urgent"]',
        after=date(2026, 11, 1),
    )
    assert [(one.name, one.value) for one in filters(state)] == [
        ("Type", "PDF"),
        ("Type", "HTML"),
        ("Language", "none given"),
        ("year", "2024"),
        ("tags", "urgent"),
        ("Uploaded from", "1 Nov 2026"),
    ]
    assert filters(state)[0].without.media_types == ("text/html",)
    assert filters(state)[3].without.metadata == 'tags = ["urgent"]'
    assert filters(state)[5].without.after is None


def test_a_whole_month_is_one_filter() -> None:
    state = SearchState("a", after=date(2026, 2, 1), before=date(2026, 2, 28))
    [one] = filters(state)
    assert (one.name, one.value, one.without) == ("Uploaded", "February 2026", SearchState("a"))
