from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.embedding.embedder import Vector
from libs.postgres.pool import Pool, workspace_transaction
from libs.search import Filters, Found, Mode, Query, find
from libs.search.search import EmptyQuery
from libs.testing.corpus import EMBEDDER, Shelf, knows, open_workspace

_TEXTS = {
    "lamp": "The lamp burns colza oil through the night.",
    "fog": "In fog the horn sounds every ninety seconds.",
    "part": "Replace gasket HL-2041 before the winter storms.",
}


@pytest.fixture
async def shelf(pool: Pool, owner_url: str) -> Shelf:
    shelf = await Shelf.open(pool, open_workspace(owner_url))
    for name, text in _TEXTS.items():
        await shelf.add(text, name, title=name, metadata={"name": name, "year": 1901})
    return shelf


async def _find(shelf: Shelf, query: Query) -> Found:
    async with workspace_transaction(shelf.pool, shelf.workspace_id) as connection:
        return await find(connection, query, _embed, shelf.embedder.model, knows)


async def _embed(text: str) -> Vector:
    return EMBEDDER.embed_query(text)


def _titles(found: Found) -> list[str]:
    return [hit.place.title for hit in found.hits]


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "semantic"])
async def test_the_passage_with_the_words_is_first(shelf: Shelf, mode: str) -> None:
    found = await _find(shelf, Query("lamps burning oil", mode=mode))  # type: ignore[arg-type]
    assert _titles(found)[0] == "lamp"


async def test_words_are_found_in_any_form_and_marked(shelf: Shelf) -> None:
    hit = (await _find(shelf, Query("storm lamps", mode="lexical"))).hits[0]
    assert [hit.text[start:end] for start, end in hit.highlights] in (["lamp"], ["storms"])


async def test_a_part_number_beats_what_is_only_vaguely_alike(shelf: Shelf) -> None:
    for number in range(30):
        await shelf.add(
            f"Part {number} is the one to order when a part is worn.", title=str(number)
        )
    assert _titles(await _find(shelf, Query("which part is HL-2041?")))[0] == "part"


async def test_a_side_that_was_not_asked_has_no_score(shelf: Shelf) -> None:
    lexical = (await _find(shelf, Query("fog", mode="lexical"))).hits[0]
    semantic = (await _find(shelf, Query("fog", mode="semantic"))).hits[0]
    assert (lexical.lexical is None, lexical.semantic is None) == (False, True)
    assert (semantic.lexical is None, semantic.semantic is None) == (True, False)


@pytest.mark.parametrize(
    ("filters", "titles"),
    [
        (Filters(metadata={"name": "fog"}), ["fog"]),
        (Filters(metadata={"year": 1902}), []),
        (Filters(media_types=["text/plain"]), ["fog", "lamp", "part"]),
        (Filters(media_types=["application/pdf"]), []),
        (Filters(documents=[]), []),
    ],
)
async def test_filters_leave_what_matches(
    shelf: Shelf, filters: Filters, titles: list[str]
) -> None:
    found = await _find(shelf, Query("the night fog gasket", filters=filters))
    assert sorted(_titles(found)) == titles


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "semantic"])
@pytest.mark.parametrize("query", ["beacon", "beacon -lamp"])
async def test_a_long_document_does_not_hide_others(shelf: Shelf, query: str, mode: Mode) -> None:
    long = "\n\n".join(f"Beacon, beacon, beacon {n}." for n in range(300))
    await shelf.add(long, "long", title="long")
    for number in range(5):
        text = f"A beacon {number} of another kind, far away behind the hills of the coast."
        await shelf.add(text, str(number), title=str(number))
    found = await _find(shelf, Query(query, mode=mode))
    assert {"long", "0", "1", "2", "3", "4"} <= set(_titles(found))
    [first, *_] = found.hits
    alone = Filters(documents=[first.place.document_id])
    found = await _find(shelf, Query(query, mode=mode, filters=alone))
    assert {hit.place.document_id for hit in found.hits} == {first.place.document_id}


async def test_facets_of_many_values_sum_to_the_total(shelf: Shelf) -> None:
    names = [f"metadata.key{number}" for number in range(10)]
    for number in range(102):
        metadata = {name.removeprefix("metadata."): str(number) for name in names}
        await shelf.add(f"Beacon {number}.", str(number), metadata=metadata)
    found = await _find(shelf, Query("beacon", mode="lexical", facets=names))
    assert found.total == 102
    assert [sum(found.facets[name].values()) for name in names] == [102] * 10


async def test_facets_count_every_passage_of_the_query(shelf: Shelf) -> None:
    await shelf.add("Another lamp.", title="other", metadata={"year": 1999})
    names = ["collection", "media_type", "metadata.year", "metadata.name"]
    found = await _find(shelf, Query("lamp", limit=1, facets=names))
    assert found.facets["collection"] == {str(shelf.collection.id): found.total}
    assert found.facets["media_type"] == {"text/plain": found.total}
    assert found.facets["metadata.year"] == {"1901": 3, "1999": 1}
    assert found.facets["metadata.name"] == {"fog": 1, "lamp": 1, "part": 1, "": 1}


async def test_collections_narrow_the_search(shelf: Shelf) -> None:
    other = await Shelf.open(shelf.pool, shelf.workspace_id, "other")
    await other.add("Another lamp.", title="other")
    found = await _find(shelf, Query("lamp", collections=[other.collection.id]))
    assert _titles(found) == ["other"]


async def test_pages_show_every_hit_once_in_order(shelf: Shelf) -> None:
    for number in range(12):
        await shelf.add(f"Lamp number {number}.", title=str(number))
    whole = await _find(shelf, Query("lamp", limit=100))
    pages = [await _find(shelf, Query("lamp", limit=4, offset=n)) for n in range(0, 16, 4)]
    assert [hit for page in pages for hit in page.hits] == list(whole.hits)
    assert whole.total == len(whole.hits) == 15
    assert all(a.place.score >= b.place.score for a, b in pairwise(whole.hits))


async def test_another_workspace_finds_nothing(shelf: Shelf, owner_url: str) -> None:
    other = Shelf(shelf.pool, open_workspace(owner_url), shelf.collection)
    assert (await _find(other, Query("lamp"))).hits == ()


async def test_words_of_another_workspace_do_not_weigh(shelf: Shelf, owner_url: str) -> None:
    before = await _find(shelf, Query("lamp"))
    other = await Shelf.open(shelf.pool, open_workspace(owner_url))
    for number in range(20):
        await other.add(f"lamp {number}")
    assert await _find(shelf, Query("lamp")) == before


@pytest.mark.parametrize("filters", [Filters(), Filters(media_types=["text/plain"])])
async def test_a_workspace_too_large_to_scan_finds_the_same(
    shelf: Shelf, owner_url: str, filters: Filters
) -> None:
    text = "\n\n".join(
        f"Beacon {n} of the coast stands on rock {n * 7919 % 1000}." for n in range(2100)
    )
    await shelf.add(text, "many", title="many")
    found = await _find(shelf, Query("beacon 77 of the coast", mode="semantic", filters=filters))
    assert "Beacon 77 " in found.hits[0].text


@pytest.mark.parametrize("text", ["", " \n\t", "\0"])
async def test_an_empty_query_is_refused(shelf: Shelf, text: str) -> None:
    with pytest.raises(EmptyQuery):
        await _find(shelf, Query(text))


@pytest.mark.parametrize(
    "text",
    [
        "' ; drop table passages --",
        "a & | ! ( <-> :*",
        "\\",
        "'\\'",
        "\ud800",
        "the of and",
        "%_",
        "🦀" * 99,
    ],
)
async def test_odd_queries_are_only_text(shelf: Shelf, text: str) -> None:
    await _find(shelf, Query(text))


async def test_queries_of_any_shape_do_not_fail(shelf: Shelf) -> None:
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.text(max_size=60))
    def generate(text: str) -> None:
        texts.append(text)

    texts: list[str] = []
    generate()
    async with workspace_transaction(shelf.pool, shelf.workspace_id) as connection:
        for text in filter(lambda each: Query(each).clean_text.strip(), texts):
            await find(connection, Query(text), _embed, EMBEDDER.model, knows)
