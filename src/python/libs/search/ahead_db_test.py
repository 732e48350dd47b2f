"""What is asked before a transaction changes how long a search takes, never its answer."""

import pytest

from libs.embedding.embedder import Vector
from libs.postgres.pool import Pool, workspace_answer
from libs.search import Ahead, Found, Query, find
from libs.search.languages import Languages
from libs.testing.corpus import EMBEDDER, Shelf, knows, open_workspace


@pytest.fixture
async def shelf(pool: Pool, owner_url: str) -> Shelf:
    shelf = await Shelf.open(pool, open_workspace(owner_url))
    await shelf.add("The lamps burn colza oil through the night.", "oil", title="oil")
    await shelf.add("In fog the horn sounds every ninety seconds.", "fog", title="fog")
    return shelf


class _Embedding:
    def __init__(self) -> None:
        self.texts: list[str] = []

    async def __call__(self, text: str) -> Vector:
        self.texts.append(text)
        return EMBEDDER.embed_query(text)


async def _find(
    shelf: Shelf, query: Query, languages: Languages | None, embedding: _Embedding | None = None
) -> tuple[Found, bool]:
    """What is found, and whether the words were looked up as the transaction began."""
    ahead = Ahead.of(query)
    asked = ahead.ask(languages)
    async with (
        ahead.embedding(embedding or _Embedding()) as embed,
        workspace_answer(shelf.pool, shelf.workspace_id, asked.sql) as (connection, row),
    ):
        beginning = asked.read(row)
        found = await find(connection, query, embed, EMBEDDER.model, knows, beginning)
        return found, beginning.words is not None


@pytest.mark.parametrize(
    "query",
    [
        Query("what does a lamp burn"),
        Query("lamp % {oil} 'night' \\ \0", mode="lexical"),
        Query("lamp", mode="semantic"),
    ],
)
async def test_words_are_looked_up_as_the_transaction_begins(shelf: Shelf, query: Query) -> None:
    found, is_ahead = await _find(shelf, query, ["en"])
    alone, is_ahead_alone = await _find(shelf, query, None)
    assert (is_ahead, is_ahead_alone) == (True, False)
    assert found.hits
    assert found == alone


async def test_words_are_looked_up_again_by_a_language_that_is_new(shelf: Shelf) -> None:
    await shelf.add("Die Lampen werden gereinigt.", "de", title="reinigen", language="de")
    found, is_ahead = await _find(shelf, Query("gereinigte Lampe", mode="lexical"), ["en"])
    assert not is_ahead
    assert found.hits[0].place.title == "reinigen"


@pytest.mark.parametrize("text", ['"colza oil"', "title:oil", "lamp -fog", "after:1990"])
async def test_a_query_with_operators_is_asked_in_its_turn(shelf: Shelf, text: str) -> None:
    found, is_ahead = await _find(shelf, Query(text), ["en"])
    assert not is_ahead
    assert "oil" in [hit.place.title for hit in found.hits]


async def test_a_misspelt_word_is_corrected_whatever_was_asked_ahead(shelf: Shelf) -> None:
    embedding = _Embedding()
    found, is_ahead = await _find(shelf, Query("colzaa oil"), ["en"], embedding)
    assert is_ahead
    assert found.corrections == {"colzaa": "colza"}
    assert embedding.texts == ["colzaa oil", "colza oil"]
