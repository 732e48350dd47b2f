import msgspec

from cli.conftest import ID, Api, Run, a_collection
from ibid_contract import (
    Explanation,
    Hit,
    Scores,
    SearchMode,
    SearchResponse,
)

_HIT = Hit(
    ID, 2, "The\x1b Lease", ID, 3, 120, 141, "Leases", "A lease\nis 30 seconds", [(2, 7)],
    0.912, {}, ID, "text/plain", Scores(7.5, None),
)  # fmt: skip


def test_a_hit_says_where_it_stands(api: Api, ibid: Run) -> None:
    api.search = SearchResponse([_HIT], {}, 40, None, 12.3)
    ended = ibid("search", "how", "long", "is", "a", "lease")
    assert ended.code == 0
    assert ended.out.splitlines() == [
        " 1. The\ufffd Lease  page 3, characters 120 to 141  0.912"
        "  (lexical 7.500, semantic not asked)",
        "    Leases",
        "    A lease is 30 seconds",
        f"    http://web.test/document?id={ID}&version=2&start=120&end=141",
        "",
        "1 of 40 passages in 12 ms",
    ]
    assert api.searches == [{"query": "how long is a lease"}]


def test_a_search_takes_its_options(api: Api, ibid: Run) -> None:
    api.collections = [a_collection("A"), a_collection("BB")]
    ibid("search", "x", "-c", "BB", "--mode", "lexical", "-n", "3", "--explain")
    assert api.searches == [
        {
            "query": "x",
            "collections": [str(a_collection("BB").id)],
            "mode": "lexical",
            "limit": 3,
            "explain": True,
        }
    ]


def test_an_explained_search_says_what_was_searched(api: Api, ibid: Run) -> None:
    explanation = Explanation(SearchMode.HYBRID, "all-MiniLM-L6-v2", ["leas"], 2.0, 3.0)
    api.search = SearchResponse([], {}, 0, None, 12.3, explanation)
    assert ibid("search", "x", "--explain").out.splitlines() == [
        "hybrid search with all-MiniLM-L6-v2; words: leas; embedding 2.0 ms, database 3.0 ms",
        "Nothing found.",
    ]


def test_an_explained_search_says_what_must_hold(api: Api, ibid: Run) -> None:
    explanation = Explanation(
        SearchMode.LEXICAL, "x", [], 0.0, 3.0, ['"oil lamp"'], ["fog", "horn"], ["type:pdf"]
    )
    api.search = SearchResponse([], {}, 0, None, 12.3, explanation)
    told = ibid("search", "x", "--explain").out.splitlines()[0]
    assert told == (
        'lexical search with x; words: none; required: "oil lamp"; excluded: fog, horn; '
        "fields: type:pdf; embedding 0.0 ms, database 3.0 ms"
    )


def test_a_search_can_be_read_by_scripts(api: Api, ibid: Run) -> None:
    api.search = SearchResponse([_HIT], {}, 40, None, 12.3)
    answer = msgspec.json.decode(ibid("search", "x", "--json").out, type=SearchResponse)
    assert answer == api.search


def test_an_unknown_collection_is_told_with_the_known_ones(api: Api, ibid: Run) -> None:
    api.collections = [a_collection("Papers")]
    ended = ibid("search", "x", "-c", "Pappers")
    assert ended.code == 1
    assert ended.err == "ibid: there is no collection “Pappers”; there are: “Papers”\n"
