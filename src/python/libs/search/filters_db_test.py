"""Filters, whether they leave few documents, which are listed, or many, which are not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from libs.embedding.embedder import Vector
from libs.postgres.pool import Pool, workspace_transaction
from libs.search import Filters, Mode, Query, find
from libs.search.model import DEPTH
from libs.search.query_language import parse
from libs.testing.corpus import EMBEDDER, Shelf, knows, open_workspace

_DOCUMENTS = 100
"""Of one passage each: more than 3 * sqrt(100) of them are not listed."""

_NEW_YEAR = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Corpus:
    shelf: Shelf
    ids: tuple[UUID, ...]

    async def find(
        self,
        filters: Filters,
        mode: Mode,
        collections: Sequence[UUID] | None = None,
        text: str = "beacon",
    ) -> set[int]:
        """Return the numbers of the documents that are found."""
        query = Query(text, mode, collections, filters, limit=100)
        async with workspace_transaction(self.shelf.pool, self.shelf.workspace_id) as connection:
            found = await find(connection, query, _embed, EMBEDDER.model, knows)
        return {int(hit.place.title) for hit in found.hits}

    async def list_left(self, filters: Mapping[str, object]) -> set[UUID] | None:
        """Return the documents that are left, None if the database does not list them."""
        async with workspace_transaction(self.shelf.pool, self.shelf.workspace_id) as connection:
            cursor = await connection.execute(
                "select documents, remaining from documents_left(%s, null)",
                [Jsonb(filters)],
            )
            documents, remaining = await cursor.fetchone() or ((), None)
        assert (documents is None) != (remaining is None)
        return None if documents is None else set(documents)


@pytest.fixture
async def corpus(pool: Pool, owner_url: str) -> Corpus:
    """Documents that are named by their number, and a workspace beside them."""
    shelf = await Shelf.open(pool, open_workspace(owner_url))
    ids = []
    for n in range(_DOCUMENTS):
        received = await shelf.add(
            f"Beacon {n} is lit at night.",
            str(n),
            "en" if n % 10 else "de",
            title=str(n),
            metadata={"often": n % 10 != 1, "author": ["Ada", "Bo"] if n % 10 != 2 else "Cy"},
            media_type="text/plain" if n % 10 != 3 else "text/markdown",
        )
        ids.append(received.document_id)
    other = await Shelf.open(pool, open_workspace(owner_url, "other"))
    await other.add("Beacon of another.", "other", title="other", metadata={"often": True})
    with psycopg.connect(owner_url) as owner:
        # those of number 10 and above
        owner.execute(
            "update documents set created_at = %s where external_id ~ '^[1-9].$'", [_NEW_YEAR]
        )
    return Corpus(shelf, tuple(ids))


def _is_found(found: set[int], left: set[int]) -> bool:
    """Whether it is all that is left, or as much of that as the worse side alone would give."""
    return found <= left and len(found) >= min(DEPTH, len(left))


async def _embed(text: str) -> Vector:
    return EMBEDDER.embed_query(text)


_MANY = {
    "metadata": (Filters(metadata={"often": True}), lambda n: n % 10 != 1),
    "languages": (Filters(languages=["en", "fr"]), lambda n: n % 10 > 0),
    "authors in lists": (Filters(authors=["Bo", "Di"]), lambda n: n % 10 != 2),
    "authors of both kinds": (Filters(authors=["Ada", "Cy"]), lambda n: True),
    "media types": (Filters(media_types=["text/plain"]), lambda n: n % 10 != 3),
    "until": (Filters(created_before=_NEW_YEAR + timedelta(days=1)), lambda n: n >= 10),
    "several": (
        Filters(metadata={}, languages=["en"], media_types=["text/plain"]),
        lambda n: n % 10 not in (0, 3),
    ),
    "that and when": (
        Filters(authors=["Ada"], created_before=_NEW_YEAR + timedelta(days=1)),
        lambda n: n % 10 != 2 and n >= 10,
    ),
}
_FEW = {
    "metadata": (Filters(metadata={"often": False, "author": ["Bo"]}), lambda n: n % 10 == 1),
    "languages": (Filters(languages=["de"]), lambda n: n % 10 == 0),
    "authors": (Filters(authors=["Cy"]), lambda n: n % 10 == 2),
    "media types": (
        Filters(media_types=["text/markdown", "application/pdf"]),
        lambda n: n % 10 == 3,
    ),
    "from": (Filters(created_after=_NEW_YEAR + timedelta(days=1)), lambda n: n < 10),
    "nothing": (Filters(metadata={"often": 1}), lambda n: False),
}


_MANY_BY_FIELDS = {
    "before:2030": lambda n: True,
    "after:2023 before:2024-02": lambda n: n >= 10,
    "-title:5": lambda n: n != 5,
    "often:true": lambda n: n % 10 != 1,
    "author:bo": lambda n: n % 10 != 2,
    "author:cy OR often:true": lambda n: n % 10 != 1,
    "type:text/plain": lambda n: n % 10 != 3,
    "-type:markdown -collection:elsewhere": lambda n: n % 10 != 3,
    "-often:false -author:cy": lambda n: n % 10 not in (1, 2),
}


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "semantic"])
async def test_filters_that_leave_many_documents(corpus: Corpus, mode: Mode) -> None:
    for name, (filters, is_left) in _MANY.items():
        assert await corpus.list_left(filters.to_json()) is None, name
        left = set(filter(is_left, range(_DOCUMENTS)))
        assert _is_found(await corpus.find(filters, mode), left), name


async def test_filters_that_leave_few_documents(corpus: Corpus) -> None:
    for name, (filters, is_left) in _FEW.items():
        left = set(filter(is_left, range(_DOCUMENTS)))
        assert await corpus.list_left(filters.to_json()) == {corpus.ids[n] for n in left}, name
        assert await corpus.find(filters, "hybrid") == left, name


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "semantic"])
@pytest.mark.parametrize("text", ['"is lit" beacon', "beacon -horn", "-horn"])
async def test_filters_hold_beside_operators(corpus: Corpus, text: str, mode: Mode) -> None:
    for name, (filters, is_left) in (_MANY | _FEW).items():
        left = set(filter(is_left, range(_DOCUMENTS)))
        assert _is_found(await corpus.find(filters, mode, text=text), left), name


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "semantic"])
@pytest.mark.parametrize("words", ["beacon", "", '"at night" beacon', "-horn", "beacon -horn"])
async def test_fields_that_leave_many_documents(corpus: Corpus, words: str, mode: Mode) -> None:
    for fields, is_left in _MANY_BY_FIELDS.items():
        asked = parse(fields, ["often", "author"]).fields_to_json()
        assert await corpus.list_left({"fields": asked}) is None, fields
        left = set(filter(is_left, range(_DOCUMENTS)))
        found = await corpus.find(Filters(), mode, text=f"{words} {fields}")
        assert _is_found(found, left), fields


async def test_what_holds_for_few_is_found_among_many_documents(corpus: Corpus) -> None:
    text = '"beacon 5" OR "beacon 15" OR "beacon 11" often:true'
    assert await corpus.find(Filters(), "hybrid", text=text) == {5, 15}
    wanted = Filters(languages=["en"], created_before=_NEW_YEAR + timedelta(days=1))
    assert await corpus.find(wanted, "hybrid", text=text) == {15}
    assert await corpus.find(wanted, "hybrid", text="beacon title:5 OR title:25") == {25}


async def test_documents_by_their_ids(corpus: Corpus) -> None:
    for count in (_DOCUMENTS - 5, 10):
        filters = Filters(documents=[*corpus.ids[:count], uuid4()])
        assert _is_found(await corpus.find(filters, "hybrid"), set(range(count)))


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "semantic"])
async def test_many_documents_of_a_collection(corpus: Corpus, mode: Mode) -> None:
    shelf = await Shelf.open(corpus.shelf.pool, corpus.shelf.workspace_id, "another")
    for n in range(1_000, 1_120):
        await shelf.add(f"Beacon {n} of these.", str(n), title=str(n), metadata={"often": True})
    filters = Filters(metadata={"often": True})
    found = await corpus.find(filters, mode, [shelf.collection.id])
    assert _is_found(found, set(range(1_000, 1_120)))
