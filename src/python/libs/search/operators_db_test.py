"""Queries with operators, on a real database."""

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.embedding.embedder import Vector
from libs.postgres.pool import Pool, workspace_transaction
from libs.search import Filters, Found, Mode, Query, find
from libs.search.matching import TermTooLong, TooManyConditions, TooManyPrefixes
from libs.testing.corpus import EMBEDDER, Shelf, knows, open_workspace

_TEXTS = {
    "lamp": "The oil lamp burns colza through the night.",
    "lamps": "Two lamps, and oil for them, stand ready.",
    "lantern": "A lantern needs no oil; ask user.name@example.com.",
    "fog": "In fog the horn sounds. To be or not to be seen is the question.",
    "part": "Replace gasket AB-1234/7 (not AB-1234/70) and std::vector<int> in src/main.cpp.",
    "story": "Generalizations make long stories; 3.5 bar, v2.10.1, HL‑2041.",
}
_DETAILS: dict[str, dict[str, object]] = {
    "lamp": {"author": "Ann Smith", "year": 1901, "tags": ["light", "oil"]},
    "lantern": {"author": "Bob Li", "year": 1902, "tags": ["light"]},
    "fog": {"year": "1901"},
}


@pytest.fixture
async def shelf(pool: Pool, owner_url: str) -> Shelf:
    shelf = await Shelf.open(pool, open_workspace(owner_url), "Handbooks")
    for name, text in _TEXTS.items():
        media_type = "text/markdown" if name == "fog" else "text/plain"
        await shelf.add(
            text, name, title=name, metadata=_DETAILS.get(name, {}), media_type=media_type
        )
    return shelf


async def _find(shelf: Shelf, query: Query) -> Found:
    async with workspace_transaction(shelf.pool, shelf.workspace_id) as connection:
        return await find(connection, query, _embed, shelf.embedder.model, knows)


async def _embed(text: str) -> Vector:
    assert not set(text) & set('"*')
    return EMBEDDER.embed_query(text)


def _titles(found: Found) -> list[str]:
    return sorted(hit.place.title for hit in found.hits)


_PASSAGES = [
    ('"oil lamp"', ["lamp"]),
    ('burning "Oil  Lamp" stories', ["lamp"]),
    ('"lamps, and oil"', ["lamps"]),
    ('"to be or not to be"', ["fog"]),
    ('"the"', ["fog", "lamp"]),
    ('"oil lamp" "colza"', ["lamp"]),
    ('"oil lamp" "fog"', []),
    ('"AB-1234/7"', ["part"]),
    ('"1234/7"', ["part"]),
    ('"AB-1234"', ["part"]),
    ('"AB-123"', []),
    ('"std::vector<int>"', ["part"]),
    ('"src/main.cpp"', ["part"]),
    ('"user.name@example.com"', ["lantern"]),
    ('"v2.10.1"', ["story"]),
    ('"HL-2041"', ["story"]),
    ('"2041"', ["story"]),
    ("AB-12*", ["part"]),
    ("lant*", ["lantern"]),
    ("lamp*", ["lamp", "lamps"]),
    ("generaliz*", ["story"]),
    ("storie*", ["story"]),
    ("story*", []),
    ("user.na*", ["lantern"]),
    ("v2.1*", ["story"]),
    ("lantern OR fog", ["fog", "lantern"]),
    ("lanterns OR gaskets", ["lantern", "part"]),
    ('"oil lamp" OR lanterns', ["lamp", "lantern"]),
    ('"oil lamp" OR lant* OR fogs', ["fog", "lamp", "lantern"]),
    ('oil "to be or not" OR lamp', ["fog", "lamp", "lamps"]),
    ('lamp oil -lantern -fog -"AB-1234/7" -generaliz*', ["lamp", "lamps"]),
    ("oil -lamp -fog -gaskets -stories", ["lantern"]),
    ('"oil" -"oil lamp"', ["lamps", "lantern"]),
    ("oil -the", ["lamps", "lantern", "part", "story"]),
]


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "semantic"])
async def test_both_sides_hold_what_is_asked(shelf: Shelf, mode: Mode) -> None:
    await _assert_held(shelf, mode)


@pytest.mark.parametrize("frequent", [r"", r"^(oil|lamp|lantern)", r"^(fog|gasket|gaskets|to)$"])
@pytest.mark.parametrize("mode", ["hybrid", "lexical", "semantic"])
async def test_both_sides_hold_what_is_asked_of_frequent_words(
    shelf: Shelf, owner_url: str, mode: Mode, frequent: str
) -> None:
    with psycopg.connect(owner_url) as owner:
        owner.execute(_SET_FREQUENT, [shelf.workspace_id, frequent])
        owner.execute(_SET_PASSAGES, [shelf.workspace_id])
    await _assert_held(shelf, mode)


async def _assert_held(shelf: Shelf, mode: Mode) -> None:
    for query, titles in _PASSAGES:
        found = _titles(await _find(shelf, Query(query, mode=mode)))
        # where no word of the index is required, the lexical side knows passages by the others
        if mode == "lexical" and query.startswith("oil "):
            assert set(found) <= set(titles), query
        else:
            assert found == titles, query


_SET_FREQUENT = "update terms set df = 500000 where workspace_id = %s and lexeme ~ %s"
_SET_PASSAGES = "update lexical_statistics set passages = 1000000 where workspace_id = %s"

_LISTS = [
    ("title:lamp", ["lamp"]),
    ("title:lamp*", ["lamp", "lamps"]),
    ("-title:lamp* -title:fog", ["lantern", "part", "story"]),
    ("collection:handbooks type:md", ["fog"]),
    ("collection:hand* year:1902", ["lantern"]),
    ("collection:hand", []),
    ("author:smith", ["lamp"]),
    ("author:li", ["lantern"]),
    ("year:1901", ["fog", "lamp"]),
    ("year:1901 tags:oil", ["lamp"]),
    ("tags:light -year:1901", ["lantern"]),
    ("year:1902 OR tags:oil", ["lamp", "lantern"]),
    ("metadata.year:1902", ["lantern"]),
    ("metadata.nothing:1902", []),
    ("after:2020", sorted(_TEXTS)),
    ("before:2020", []),
    ("-before:2020 -lamp", ["fog", "lantern", "part", "story"]),
]


async def test_fields_alone_list_what_matches_the_newest_first(shelf: Shelf) -> None:
    for query, titles in _LISTS:
        found = await _find(shelf, Query(query))
        newest = [title for title in reversed(_TEXTS) if title in titles]
        assert [hit.place.title for hit in found.hits] == newest, query
        assert {(hit.lexical, hit.semantic) for hit in found.hits} <= {(None, None)}


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "semantic"])
async def test_a_list_has_pages_and_facets_in_every_mode(shelf: Shelf, mode: str) -> None:
    query = Query("-horn", mode=mode, limit=2, offset=2, facets=["metadata.year"])  # type: ignore[arg-type]
    found = await _find(shelf, query)
    assert [hit.place.title for hit in found.hits] == ["lantern", "lamps"]
    assert found.total == 5
    assert found.facets == {"metadata.year": {"1901": 1, "1902": 1, "": 3}}


async def test_fields_narrow_beside_words_and_filters(shelf: Shelf) -> None:
    assert _titles(await _find(shelf, Query("oil year:1901 author:ann"))) == ["lamp"]
    filters = Filters(metadata={"year": 1902})
    assert _titles(await _find(shelf, Query("oil tags:light", filters=filters))) == ["lantern"]
    assert _titles(await _find(shelf, Query("oil title:lamp*", collections=[]))) == []


async def test_a_word_that_is_no_field_here_is_text(shelf: Shelf) -> None:
    assert len((await _find(shelf, Query("oil colour:red"))).hits) == len(_TEXTS)


async def test_facets_count_what_the_conditions_leave(shelf: Shelf) -> None:
    found = await _find(shelf, Query("oil -lantern", facets=["metadata.year"]))
    assert found.facets["metadata.year"] == {"1901": 2, "": 3}


_MARKED = [
    ('"oil lamp"', ["oil lamp"]),
    ('burn "oil lamp"', ["oil lamp", "burns"]),
    ("bur* nights", ["burns", "night"]),
    ("lamps OR fogs", ["lamp"]),
    ("colza -fog", ["colza"]),
]


async def test_what_was_asked_for_is_marked(shelf: Shelf) -> None:
    for query, marked in _MARKED:
        found = await _find(shelf, Query(query))
        [hit] = [hit for hit in found.hits if hit.place.title == "lamp"]
        assert [hit.text[start:end] for start, end in hit.highlights] == marked, query


async def test_it_is_told_how_a_query_was_understood(shelf: Shelf) -> None:
    found = await _find(shelf, Query('oils "oil lamp" OR lant* -fog tags:light year:1901'))
    assert found.words == ("oils", '"oil lamp"', "lant*")
    assert found.required == ('"oil lamp" OR lant*',)
    assert (found.excluded, found.fields) == (("fog",), ("tags:light", "year:1901"))


async def test_fields_of_another_workspace_are_none_here(shelf: Shelf, owner_url: str) -> None:
    other = await Shelf.open(shelf.pool, open_workspace(owner_url), "other")
    await other.add("oil year:1901", title="other")
    found = await _find(other, Query("year:1901 oil"))
    assert (_titles(found), found.fields) == (["other"], ())
    assert _titles(await _find(other, Query('"oil lamp" OR lant*'))) == []
    assert _titles(await _find(other, Query("-fog"))) == ["other"]
    assert _titles(await _find(other, Query("collection:Handbooks"))) == []


async def test_where_nothing_holds_the_words_alone_are_suggested(shelf: Shelf) -> None:
    for query in ('colza "oil lamp" title:nowhere', "colza oil lamp after:2100"):
        found = await _find(shelf, Query(query))
        assert (found.total, found.suggested) == (0, "colza oil lamp")
    for query in ("title:nowhere", "unheard after:2100"):
        assert (await _find(shelf, Query(query))).suggested is None
    assert (await _find(shelf, Query('colza "oil lamp"'))).suggested is None


async def test_too_many_conditions_are_refused(shelf: Shelf) -> None:
    await _find(shelf, Query("oil " + " ".join(f"-word{'x' * n}" for n in range(32))))
    with pytest.raises(TooManyConditions):
        await _find(shelf, Query(" OR ".join(f"word{n}" for n in range(33))))


async def test_too_many_beginnings_are_refused(shelf: Shelf) -> None:
    eight = " ".join(f"word{'x' * n}*" for n in range(8))
    await _find(shelf, Query(eight))
    for ninth in ("lamp*", "-lamp*"):
        with pytest.raises(TooManyPrefixes):
            await _find(shelf, Query(f"{eight} {ninth}"))


async def test_a_term_that_is_too_long_is_refused(shelf: Shelf) -> None:
    for query in ('"' + "long phrase " * 30 + '"', f"-{'x' * 301}", f"title:{'x' * 301}"):
        with pytest.raises(TermTooLong):
            await _find(shelf, Query(query))
    await _find(shelf, Query("x" * 4000))


_TOKENS = st.sampled_from(
    ['"', "-", "OR", "*", ":", "title", "type", "year", "after", "2024", "lamp", "oil", "the", " "]
)


async def test_operators_in_any_order_do_not_fail(shelf: Shelf) -> None:
    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(_TOKENS | st.text(max_size=4), max_size=20).map("".join))
    def generate(text: str) -> None:
        texts.append(text)

    async def embed(text: str) -> Vector:
        return EMBEDDER.embed_query(text)

    texts: list[str] = ['"' + "x" * 299 + '"', "x" * 299 + "*", '"\\ \' \x01 & | ! <-> :*a"']
    generate()
    async with workspace_transaction(shelf.pool, shelf.workspace_id) as connection:
        for text in filter(lambda each: Query(each).clean_text.strip(), texts):
            await find(connection, Query(text), embed, EMBEDDER.model, knows)


_IDENTIFIERS = (
    *("AB-1234/7", "AB-1234/70", "AB-1235/7", "HL-2041", "HL-2042", "T-1000A", "M8x40", "0x1F4A"),
    *("std::vector<int>", "std::map<int>", "foo_bar.baz()", "foo_bar.qux()", "__init__", "node.js"),
    *("user.name+tag@example.com", "user.name@example.com", "192.168.0.1", "192.168.0.10"),
    *("v2.10.1", "v2.10.2", "ISO/IEC 27001:2022", "ISO/IEC 27002:2022", "X-Request-Id", "a/b/c.py"),
    *("+49 30 1234567", "DIN EN 1090-2", "§ 823 BGB", "127.0.0.1:8080", "#FF00AA", "2024-05-31"),
    *("https://example.com/path?x=1", "https://example.com/path?x=2", "C++", "C#", ".NET", "-Wall"),
)


async def test_identifiers_are_found_as_typed(pool: Pool, owner_url: str) -> None:
    shelf = await Shelf.open(pool, open_workspace(owner_url))
    for identifier in _IDENTIFIERS:
        await shelf.add(f"Order {identifier}, please.", identifier, title=identifier)
    for identifier in _IDENTIFIERS:
        [hit] = (await _find(shelf, Query(f'"{identifier}"'))).hits
        assert hit.place.title == identifier
        [(start, end)] = hit.highlights
        assert hit.text[start:end] == identifier
