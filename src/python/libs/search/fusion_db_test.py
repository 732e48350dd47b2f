import numpy as np
import pytest

from libs.embedding.embedder import Vector
from libs.postgres.pool import Pool, workspace_transaction
from libs.search import Query, find
from libs.testing.corpus import EMBEDDER, Shelf, knows, open_workspace

_NEAR = "Salt water eats the iron of the railings."
_NAMED = "Calder lit the first lamp."


@pytest.fixture
async def shelf(pool: Pool, owner_url: str) -> Shelf:
    shelf = await Shelf.open(pool, open_workspace(owner_url))
    for text in (_NEAR, _NAMED, *(f"Buoy {n} is green." for n in range(40))):
        await shelf.add(text)
    return shelf


async def _first(shelf: Shelf, query: str) -> str:
    """The first hit of a query whose embedding is a little like that of ``_NEAR``."""

    async def embed(_: str) -> Vector:
        near = EMBEDDER.embed_query(_NEAR)
        other = EMBEDDER.embed_query("nothing of what is there")
        other -= near * (near @ other)
        other /= np.linalg.norm(other)
        vector: Vector = np.float32(0.35) * near + np.sqrt(np.float32(1 - 0.35**2)) * other
        return vector

    async with workspace_transaction(shelf.pool, shelf.workspace_id) as connection:
        found = await find(connection, Query(query), embed, shelf.embedder.model, knows)
    return found.hits[0].text


async def test_a_word_that_is_all_of_the_query_beats_what_is_a_little_alike(shelf: Shelf) -> None:
    assert await _first(shelf, "Calder") == _NAMED


async def test_a_name_in_a_question_of_unknown_words_does_not(shelf: Shelf) -> None:
    question = "Warum zerfrisst Meerwasser Geländer, die Calder selbst einbauen ließ?"
    assert await _first(shelf, question) == _NEAR


async def test_stop_words_are_no_unknown_words(shelf: Shelf) -> None:
    await shelf.add("Bojen sind grün.", language="de")  # whose stop words are words
    assert await _first(shelf, "who is this and what was it that he did, Calder?") == _NAMED
