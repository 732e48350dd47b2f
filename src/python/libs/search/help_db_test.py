"""What people expect of a search box beside hits."""

import pytest

from libs.embedding.embedder import Vector
from libs.errors import NotFound
from libs.postgres.pool import Pool, workspace_transaction
from libs.search import Completion, Filters, Found, Query, complete, find, find_similar
from libs.testing.corpus import EMBEDDER, Shelf, knows, open_workspace

_FOG = (
    "In thick fog the sound signal was silent for four hours, until a coaster noticed. The screen "
    "in the watch room showed it as working all that time. The cause was a corroded relay on the "
    "flasher card, and it had stuck in the closed position, so that the card reported no fault."
)


@pytest.fixture
async def shelf(pool: Pool, owner_url: str) -> Shelf:
    shelf = await Shelf.open(pool, open_workspace(owner_url))
    await shelf.add(
        "The lamp burns colza oil.\n\nThe lamp is lit at dusk.\n\nNobody is there by day.",
        title="lamp",
        metadata={"author": "Ann", "tags": ["light", "oil"]},
    )
    await shelf.add("Die Lampen werden gereinigt.", title="reinigen", language="de")
    await shelf.add(_FOG, title="report", metadata={"author": ["Bob", "Ann"]})
    return shelf


async def _find(shelf: Shelf, text: str, **options: object) -> Found:
    async with workspace_transaction(shelf.pool, shelf.workspace_id) as connection:
        query = Query(text, **options)  # type: ignore[arg-type]
        return await find(connection, query, _embed, shelf.embedder.model, knows)


async def _embed(text: str) -> Vector:
    return EMBEDDER.embed_query(text)


def _titles(found: Found) -> list[str]:
    return [hit.place.title for hit in found.hits]


async def test_a_document_is_one_hit_and_names_its_other_passages(shelf: Shelf) -> None:
    found = await _find(shelf, "lamp at dusk")
    first = found.hits[0]
    assert (first.place.title, first.text) == ("lamp", "The lamp is lit at dusk.")
    assert [one.document_id for one in first.others] == [first.place.document_id] * 2
    assert len(_titles(found)) == len(set(_titles(found))) == found.total == 3


async def test_passages_of_one_document_alone_are_hits_of_their_own(shelf: Shelf) -> None:
    document = (await _find(shelf, "lamp")).hits[0].place.document_id
    found = await _find(shelf, "lamp", filters=Filters(documents=[document]))
    assert (found.total, [hit.others for hit in found.hits]) == (3, [(), (), ()])


async def test_nearly_the_same_passage_of_another_document_is_folded(shelf: Shelf) -> None:
    await shelf.add(_FOG.replace("coaster", "freighter"), title="copy")
    await shelf.add(f"{_FOG} It was relay 4.", title="other number")
    found = await _find(shelf, "fog signal silent")
    folded = {hit.place.title: [one.title for one in hit.duplicates] for hit in found.hits}
    assert folded["other number"] == []
    assert [folded.get("report"), folded.get("copy")] in ([["copy"], None], [None, ["report"]])
    assert "report" in _titles(await _find(shelf, "fog signal silent", group=False))


async def test_titles_are_searched(shelf: Shelf) -> None:
    await shelf.add("Nothing else.", title="Bilge pumps")
    assert _titles(await _find(shelf, "bilge", mode="lexical")) == ["Bilge pumps"]


async def test_words_of_any_language_are_found_in_all_their_forms(shelf: Shelf) -> None:
    await shelf.add("ランプを毎週掃除する", title="ja", language="ja")
    assert _titles(await _find(shelf, "Lampe reinigung", mode="lexical"))[0] == "reinigen"
    hit = (await _find(shelf, "掃除", mode="lexical")).hits[0]
    assert [hit.text[start:end] for start, end in hit.highlights] == ["掃除"]


async def test_languages_and_authors_narrow(shelf: Shelf) -> None:
    assert _titles(await _find(shelf, "lamp", filters=Filters(languages=["de"]))) == ["reinigen"]
    ann = await _find(shelf, "lamp", filters=Filters(authors=["Ann"]))
    assert sorted(_titles(ann)) == ["lamp", "report"]
    assert _titles(await _find(shelf, "lamp", filters=Filters(authors=["Bob"]))) == ["report"]


@pytest.mark.parametrize("sort", ["newest", "oldest"])
async def test_hits_are_sorted_by_their_upload(shelf: Shelf, sort: str) -> None:
    in_order = ["lamp", "reinigen", "report"]
    found = await _find(shelf, "fog lamp", sort=sort)
    assert _titles(found) == (in_order if sort == "oldest" else in_order[::-1])


async def test_facets_sum_to_the_total(shelf: Shelf) -> None:
    names = ["collection", "media_type", "language", "author", "date", "metadata.tags"]
    found = await _find(shelf, "lamp", facets=names, limit=1)
    assert {name: sum(counts.values()) for name, counts in found.facets.items()} == (
        dict.fromkeys(names, found.total)
    )
    assert found.facets["language"] == {"en": 2, "de": 1}
    assert found.facets["author"] == {"Ann": 1, "Bob": 1, "": 1}
    assert found.facets["metadata.tags"] == {"light": 1, "": 2}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("corodded relay", "corroded relay"),
        ("Coroded RELAY", "corroded RELAY"),
        ("lamps burnimg", None),
        ("posiiton of the flahser", "position of the flasher"),
        ("posiiton wird corodded", None),
        ("posiiton quando", None),
        ("xyzzyq", None),
        ("HL-2041 fog", None),
    ],
)
async def test_misspelt_words_that_no_document_has_are_corrected(
    shelf: Shelf, typed: str, meant: str | None
) -> None:
    found = await _find(shelf, typed, mode="lexical")
    assert found.corrected == meant
    if meant:
        assert _titles(found)[0] == "report"
        assert set(found.corrections.values()) <= set(meant.split())


@pytest.mark.parametrize(
    ("typed", "known", "meant"),
    [
        ("fog delay", set(), "fog relay"),
        ("fog delay", {"delay"}, None),
        ("it coasted", set(), "it coaster"),
        ("it coasted", {"coast"}, None),
        ("it coasted", {"coas"}, "it coaster"),
        ("delay posiiton", {"delay"}, "delay position"),
    ],
)
async def test_a_word_that_people_use_is_no_slip(
    shelf: Shelf, typed: str, known: set[str], meant: str | None
) -> None:
    async with workspace_transaction(shelf.pool, shelf.workspace_id) as connection:
        query = Query(typed, mode="lexical")
        found = await find(connection, query, _embed, EMBEDDER.model, known.__contains__)
    assert found.corrected == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("die Kpüste", "die küste"),
        ("posiiton der Kpüste", "position der küste"),
        # like “report” but for its accent, so it is of a language that no document has
        ("repôrd", None),
        ("posiiton repôrd", None),
        ("posiiton corrrôdets", None),
    ],
)
async def test_nobody_types_an_accent_by_mistake(
    shelf: Shelf, typed: str, meant: str | None
) -> None:
    await shelf.add("Die Position der Küste.", title="de", language="de")
    assert (await _find(shelf, typed, mode="lexical")).corrected == meant


@pytest.mark.parametrize(
    ("typed", "options", "likelier"),
    [
        ("Relya", {}, "relay"),
        ("relya card", {"mode": "lexical"}, "relay card"),
        ("relya", {"mode": "semantic"}, None),
        ('"relya"', {}, None),
        ("relay", {}, None),
        # ten passages have a word of it
        ("relya dusty", {}, None),
        # no word is one letter away
        ("noon", {}, None),
    ],
)
async def test_where_few_passages_are_found_a_far_more_frequent_word_is_suggested(
    shelf: Shelf, typed: str, options: dict[str, object], likelier: str | None
) -> None:
    await shelf.add("The relya was checked at noon.", title="slip")
    for number in range(10):
        await shelf.add(f"A dusty relay of switch {number}.", title=f"relay {number}")
    found = await _find(shelf, typed, **options)
    assert (found.suggested, found.corrected) == (likelier, None)
    if likelier:
        assert _titles(found)[0] == "slip"


async def test_completions_are_words_of_published_documents_the_most_frequent_first(
    shelf: Shelf, owner_url: str
) -> None:
    await shelf.add("Many lampshades and a lamp.", title="more")
    other = await Shelf.open(shelf.pool, open_workspace(owner_url))
    async with workspace_transaction(shelf.pool, shelf.workspace_id) as connection:
        assert await complete(connection, "clean the LAM", 3) == [
            Completion("clean the lamp", 2),
            Completion("clean the lampen", 1),
            Completion("clean the lampshades", 1),
        ]
        assert await complete(connection, "l", 3) == await complete(connection, "lamp ", 3) == []
    async with workspace_transaction(shelf.pool, other.workspace_id) as connection:
        assert await complete(connection, "lam", 3) == []


async def test_many_unknown_words_are_another_language_and_no_slips(shelf: Shelf) -> None:
    slips = "watck rooom showd siglen"
    assert len((await _find(shelf, slips)).corrections) >= 3
    assert (await _find(shelf, f"{slips} klopt niet")).corrections == {}


async def test_a_deleted_document_completes_and_corrects_nothing(shelf: Shelf) -> None:
    async with workspace_transaction(shelf.pool, shelf.workspace_id) as connection:
        assert await complete(connection, "corro", 3) == [Completion("corroded", 1)]
        await connection.execute("delete from documents where title = 'report'")
        assert await complete(connection, "corro", 3) == []
        left = await connection.execute("select word from vocables order by word")
        words = [row[0] for row in await left.fetchall()]
    assert "lamp" in words
    assert not {"corroded", "relay", "coaster"} & set(words)


async def test_similar_documents_share_words_and_meaning(shelf: Shelf) -> None:
    await shelf.add("A corroded relay stuck in the flasher card.", title="alike")
    report = next(h for h in (await _find(shelf, "fog")).hits if h.place.title == "report")
    async with workspace_transaction(shelf.pool, shelf.workspace_id) as connection:
        document, passage = report.place.document_id, report.place.passage_id
        for of_passage in (None, passage):
            found = await find_similar(connection, document, of_passage, 2, EMBEDDER.model)
            assert _titles(found)[0] == "alike"
            assert "report" not in _titles(found)
        with pytest.raises(NotFound):
            await find_similar(connection, passage, None, 2, EMBEDDER.model)
        with pytest.raises(NotFound):
            await find_similar(connection, document, document, 2, EMBEDDER.model)


async def test_a_hit_tells_in_words_why_it_is_there(shelf: Shelf) -> None:
    hit = (await _find(shelf, "a lamp at dawn", explain=True)).hits[0]
    assert hit.why is not None
    assert hit.why.startswith("Its text has “lamp” (1 of 2 words); the title has “lamp”")
    lexical = (await _find(shelf, "dusk", mode="lexical", explain=True)).hits[0]
    assert lexical.why == "Its text has “dusk”."
