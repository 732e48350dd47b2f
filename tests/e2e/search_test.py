"""Section 3 of the contract: search, and that every hit is the text at its place."""

from uuid import uuid4

import pytest

from e2e.caller import Answer, Caller, Shelf

_MEDIA_TYPES = {
    "application/pdf": 3,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": 3,
    "text/html": 2,
    "text/markdown": 3,
    "text/plain": 3,
}
_ODD_QUERIES = [
    "a" * 4_000,
    "lamp " * 799,
    '"',
    "'; drop table documents; --",
    "(((((",
    "& | ! <-> :*",
    "\\",
    "%_%",
    "AND OR NOT",
    "-lamp -lamp",
    "🕯️🗼",
    "مصباح المنارة",
    "灯台",
    "e\u0301\u200d\u202e\ufeff",
    "\uffff\U0010ffff",
    "\x01\x02",
]


def _hits(caller: Caller, **body: object) -> list[Answer]:
    """All hits of a search, page by page."""
    hits: list[Answer] = []
    cursor: str | None = None
    while True:
        page = caller.search(**body, cursor=cursor)  # type: ignore[arg-type] # holds the query
        hits += page["hits"]
        if (cursor := page["next_cursor"]) is None:
            return hits


@pytest.mark.parametrize("media_type", _MEDIA_TYPES)
def test_every_hit_is_the_text_at_its_place(
    caller: Caller, examples: Shelf, media_type: str
) -> None:
    scope = {"collections": [examples.id], "filters": {"media_types": [media_type]}, "limit": 100}
    hits = _hits(caller, query="the lantern", mode="semantic", **scope)
    assert len({hit["document_id"] for hit in hits}) == _MEDIA_TYPES[media_type]
    for hit in hits:
        window = caller.text(hit["document_id"], start=hit["start"], end=hit["end"])
        assert window["text"] == hit["text"] != ""
        assert window["version"] == hit["version"]
        assert hit["page"] in [page["number"] for page in window["pages"]]


def test_highlights_are_places_in_the_hit(caller: Caller, examples: Shelf) -> None:
    hit = examples.search("wick lantern", mode="lexical")[0]
    marked = [hit["text"][start:end] for start, end in hit["highlights"]]
    assert marked
    assert all(word.lower().startswith(("wick", "lantern")) for word in marked)


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "semantic"])
def test_an_explanation_has_the_scores_of_the_sides_that_were_asked(
    caller: Caller, examples: Shelf, mode: str
) -> None:
    found = caller.search("foghorn", collections=[examples.id], mode=mode, explain=True)
    scores = [hit["scores"] for hit in found["hits"]]
    assert scores
    assert all((score["lexical"] is None) == (mode == "semantic") for score in scores[:1])
    assert all((score["semantic"] is None) == (mode == "lexical") for score in scores[:1])
    ranked = [hit["score"] for hit in found["hits"]]
    assert ranked == sorted(ranked, reverse=True)
    assert found["explanation"]["mode"] == mode
    assert found["took_ms"] > 0


def test_pages_of_hits_follow_each_other_without_gap_or_double(
    caller: Caller, examples: Shelf
) -> None:
    scope = {"query": "lantern", "collections": [examples.id]}
    whole = caller.search(**scope, limit=100)["hits"]  # type: ignore[arg-type] # holds the query
    paged = [hit["passage_id"] for hit in _hits(caller, **scope, limit=7)]
    assert paged[: len(whole)] == [hit["passage_id"] for hit in whole]
    assert len(set(paged)) == len(paged) > 7


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("saftey offcer", "safety officer"),
        # a word of the model's, by its ending, though one letter from the documents' “lens”
        ("who lends the boat", None),
    ],
)
@pytest.mark.usefixtures("examples")
def test_slips_are_corrected_and_words_that_people_use_are_not(
    caller: Caller, query: str, meant: str | None
) -> None:
    assert caller.search(query=query)["did_you_mean"] == meant


def test_filters_narrow(caller: Caller, shelf: Shelf) -> None:
    red = shelf.add(b"A red buoy.", metadata='{"colour": "red", "tags": ["sea", "buoy"]}')
    green = shelf.add(b"# A green buoy.", "b.md", metadata='{"colour": "green"}')

    def found(**filters: object) -> set[str]:
        return {hit["document_id"] for hit in shelf.search("buoy", filters=filters)}

    assert found() == {red["id"], green["id"]}
    assert found(metadata={"colour": "red"}) == {red["id"]}
    assert found(metadata={"tags": ["buoy"]}) == {red["id"]}
    assert found(media_types=["text/markdown"]) == {green["id"]}
    assert found(documents=[green["id"], str(uuid4())]) == {green["id"]}
    assert found(created_after=green["created_at"], documents=[red["id"]]) == set()
    assert found(created_before=red["created_at"], documents=[green["id"]]) == set()


def test_collections_narrow(caller: Caller, shelf: Shelf) -> None:
    document = shelf.add(b"A yellow buoy in a collection of its own.")
    assert {hit["document_id"] for hit in shelf.search("buoy")} == {document["id"]}
    assert document["id"] in {hit["document_id"] for hit in caller.search("yellow buoy")["hits"]}
    assert caller.search("buoy", collections=[])["hits"] == []


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "semantic"])
@pytest.mark.parametrize("query", _ODD_QUERIES, ids=lambda query: ascii(query)[:20])
def test_a_query_of_any_shape_is_answered(caller: Caller, query: str, mode: str) -> None:
    caller.search(query, mode=mode)
