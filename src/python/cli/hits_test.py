import msgspec

from cli.conftest import ID, Api, Run, a_collection
from ibid_contract import (
    Completion,
    Completions,
    Duplicate,
    Explanation,
    Hit,
    OtherPassage,
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
        "1 of 40 documents in 12 ms",
    ]
    assert api.searches == [{"query": "how long is a lease"}]


def test_a_search_takes_its_options(api: Api, ibid: Run) -> None:
    api.collections = [a_collection("A"), a_collection("BB")]
    narrow = ("--language", "de", "--language", "en", "--author", "Ann")
    order = ("--sort", "newest", "--facet", "language")
    ibid("search", "x", "-c", "BB", "--mode", "lexical", "-n", "3", "--explain", *narrow, *order)
    assert api.searches == [
        {
            "query": "x",
            "collections": [str(a_collection("BB").id)],
            "mode": "lexical",
            "filters": {"languages": ["de", "en"], "authors": ["Ann"]},
            "limit": 3,
            "facets": ["language"],
            "explain": True,
            "sort": "newest",
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


def _other(page: int, start: int) -> OtherPassage:
    return OtherPassage(ID, page, start, start + 5, 0.5)


def test_what_else_was_found_is_told_with_the_hit(api: Api, ibid: Run) -> None:
    hit = msgspec.structs.replace(
        _HIT,
        others=[_other(3, 10), _other(7, 20), _other(7, 30)],
        duplicates=[Duplicate(ID, 1, "A\nCopy", ID, 1, 0, 5)],
        why="Its text has “lease”.",
    )
    api.search = SearchResponse([hit], {}, 1, None, 12.3)
    assert ibid("search", "lease").out.splitlines()[3:6] == [
        "    Its text has “lease”.",
        "    also page 3, 7",
        "    nearly the same: A Copy",
    ]


def test_passages_of_one_page_are_told_by_their_characters(api: Api, ibid: Run) -> None:
    hit = msgspec.structs.replace(_HIT, others=[_other(3, 10), _other(3, 2_000)])
    api.search = SearchResponse([hit], {}, 1, None, 12.3)
    assert "    also character 10, 2000" in ibid("search", "lease").out.splitlines()


def test_a_corrected_query_is_told(api: Api, ibid: Run) -> None:
    api.search = SearchResponse([], {}, 0, None, 12.3, did_you_mean="oil \x1blamp")
    told = ibid("search", "oil", "lampp").out.splitlines()[0]
    assert told == "did you mean oil \ufffdlamp? These are its hits."


def test_a_likelier_query_is_told(api: Api, ibid: Run) -> None:
    api.search = SearchResponse([_HIT], {}, 1, None, 12.3, suggestion="oil \x1blamp")
    told = ibid("search", "oil", "lampp").out.splitlines()[0]
    assert told == "did you mean oil \ufffdlamp? Few passages have these words."


def test_a_query_that_asks_for_too_much_is_told_what_asks_for_less(api: Api, ibid: Run) -> None:
    api.search = SearchResponse([], {}, 0, None, 12.3, suggestion="oil lamp")
    told = ibid("search", '"oil lamp"').out.splitlines()[0]
    assert told == "did you mean oil lamp? Nothing holds all of this."


def test_what_was_read_otherwise_is_told(api: Api, ibid: Run) -> None:
    api.search = SearchResponse([], {}, 0, None, 12.3, notes=["before:\x1b[1mx was searched for."])
    told = ibid("search", "oil").out.splitlines()[0]
    assert told == "before:\ufffd[1mx was searched for."


def test_passages_of_one_document_are_counted_as_such(api: Api, ibid: Run) -> None:
    api.search = SearchResponse([_HIT, _HIT], {}, 2, None, 12.3)
    assert ibid("search", "lease").out.splitlines()[-1] == "2 of 2 passages in 12 ms"


def test_facets_are_a_table(api: Api, ibid: Run) -> None:
    shelf = a_collection("Papers")
    api.collections = [shelf]
    counts = {"collection": {str(shelf.id): 12}, "language": {"de": 9, "": 3}}
    api.search = SearchResponse([_HIT], counts, 12, None, 12.3)
    ended = ibid("search", "x", "--facet", "collection", "--facet", "language")
    assert [line.split() for line in ended.out.splitlines()[-3:]] == [
        ["collection", "Papers", "12"],
        ["language", "de", "9"],
        ["none", "given", "3"],
    ]


def test_documents_like_another_are_found(api: Api, ibid: Run) -> None:
    api.search = SearchResponse([_HIT], {}, 1, None, 12.3)
    ended = ibid("similar", ID, "--passage", ID, "-n", "3")
    assert ended.out.splitlines()[-1] == "1 of 1 document in 12 ms"
    assert api.searches == [{"like": str(ID), "passage_id": str(ID), "limit": "3"}]
    answer = msgspec.json.decode(ibid("similar", ID, "--json").out, type=SearchResponse)
    assert answer == api.search


def test_what_is_no_id_is_wrong_usage(ibid: Run) -> None:
    ended = ibid("similar", "handbook.pdf")
    assert (ended.code, ended.err) == (2, "ibid: “handbook.pdf” is no id\n")


def test_a_word_is_completed(api: Api, ibid: Run) -> None:
    api.completions = Completions([Completion("oil lamp", 3), Completion("oil lamps", 1)])
    assert ibid("complete", "oil", "la").out == "oil lamp  3 documents\noil lamps  1 document\n"
    assert api.searches == [{"text": "oil la", "limit": "8"}]
    answer = msgspec.json.decode(ibid("complete", "oil la", "--json").out, type=Completions)
    assert answer == api.completions


def test_a_search_can_be_read_by_scripts(api: Api, ibid: Run) -> None:
    api.search = SearchResponse([_HIT], {}, 40, None, 12.3)
    answer = msgspec.json.decode(ibid("search", "x", "--json").out, type=SearchResponse)
    assert answer == api.search


def test_an_unknown_collection_is_told_with_the_known_ones(api: Api, ibid: Run) -> None:
    api.collections = [a_collection("Papers")]
    ended = ibid("search", "x", "-c", "Pappers")
    assert ended.code == 1
    assert ended.err == "ibid: there is no collection “Pappers”; there are: “Papers”\n"
