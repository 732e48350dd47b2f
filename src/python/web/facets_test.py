from uuid import UUID

from ibid_contract import Hit, SearchResponse
from web.facets import Facet, facets, own_facets
from web.search_state import SearchState

_ID = UUID("01890000-0000-7000-8000-000000000001")


def _hit(**metadata: object) -> Hit:
    return Hit(_ID, 1, "A", _ID, 1, 0, 1, None, "a", [], 0.5, metadata, _ID, "text/plain")


def _facets(state: SearchState, counts: dict[str, dict[str, int]]) -> list[Facet]:
    return facets(state, SearchResponse([_hit()], counts, 3, None, 1.0), {_ID: "Papers"})


def test_values_have_the_names_that_people_know() -> None:
    counts = {
        "metadata.year": {"2024": 2, "": 1},
        "language": {"": 2, "de": 1},
        "media_type": {"application/pdf": 2, "text/html": 1},
        "collection": {str(_ID): 2, "gone": 1},
        "date": {"2026-11": 2, "2026-10": 1},
    }
    told = {
        one.title: [value.label for value in one.values] for one in _facets(SearchState(), counts)
    }
    assert told == {
        "Collection": ["Papers", "gone"],
        "Type": ["PDF", "HTML"],
        "Language": ["German", "none given"],
        "Uploaded": ["November 2026", "October 2026"],
        "year": ["2024", "none given"],
    }
    assert list(told)[-1] == "year"


def test_the_value_in_use_leads_back() -> None:
    [facet] = _facets(SearchState("a", languages=("de",)), {"language": {"de": 3}})
    [value] = facet.values
    assert (value.is_active, value.target) == (True, SearchState("a"))


def test_one_value_for_all_narrows_nothing_and_is_left_out() -> None:
    assert _facets(SearchState("a"), {"language": {"de": 3}, "media_type": {}}) == []


def test_metadata_that_differ_in_every_document_are_left_out() -> None:
    counts = {f"n{number}": 1 for number in range(9)}
    assert _facets(SearchState("a"), {"metadata.number": counts}) == []
    assert _facets(SearchState("a"), {"metadata.number": {**counts, "": 2}}) != []


def test_the_keys_that_most_hits_have_become_facets() -> None:
    hits = [_hit(a=1, b={"c": 1}, author="x", d="1"), _hit(d=["1"]), _hit(**{"\n": 1, "": 1})]
    assert own_facets(hits) == ["metadata.d", "metadata.a"]
    assert len(own_facets([_hit(**{str(number): 1 for number in range(9)})])) == 5
