import asyncio
import random
from collections import Counter
from uuid import UUID

import psycopg
import pytest
from uuid_utils.compat import uuid7

from libs.corpus import Blobs, Collections, Documents
from libs.errors import Conflict, NotFound
from libs.postgres.pool import Pool, workspace_transaction
from libs.testing.corpus import Shelf, count, open_workspace

_TABLES = (
    "blobs",
    "blob_parts",
    "documents",
    "versions",
    "pages",
    "checkpoints",
    "passages",
    "embeddings",
    "terms",
    "jobs",
)


@pytest.fixture
async def shelf(pool: Pool, owner_url: str) -> Shelf:
    return await Shelf.open(pool, open_workspace(owner_url))


async def _passages(shelf: Shelf) -> list[str]:
    async with workspace_transaction(shelf.pool, shelf.workspace_id) as connection:
        cursor = await connection.execute("select text from passages order by document_id, ordinal")
        return [row[0] for row in await cursor.fetchall()]


async def test_the_same_bytes_again_are_the_document_that_is_there(shelf: Shelf) -> None:
    first = await shelf.receive("one")
    again = await shelf.receive("one")
    assert (again.document_id, again.is_new_version) == (first.document_id, False)


async def test_of_many_uploads_of_the_same_bytes_at_once_one_is_new(shelf: Shelf) -> None:
    received = await asyncio.gather(*(shelf.receive("one") for _ in range(20)))
    assert len({each.document_id for each in received}) == 1
    assert [each.is_new_version for each in received].count(True) == 1


async def test_many_bodies_of_one_external_id_at_once_are_as_many_versions(shelf: Shelf) -> None:
    received = await asyncio.gather(*(shelf.receive(f"body {n}", "x") for n in range(8)))
    assert len({each.document_id for each in received}) == 1
    assert sorted(each.version for each in received) == list(range(1, 9))


async def test_the_old_version_is_found_until_the_new_one_is_published(shelf: Shelf) -> None:
    await shelf.add("old words", "x")
    received = await shelf.receive("new words", "x")
    await shelf.prepare(received, "new words")
    assert await _passages(shelf) == ["old words"]
    await shelf.publish(received)
    assert await _passages(shelf) == ["new words"]


async def test_a_slow_job_does_not_bring_an_older_version_back(shelf: Shelf) -> None:
    old = await shelf.receive("old words", "x")
    await shelf.prepare(old, "old words")
    await shelf.add("new words", "x")
    assert not await shelf.publish(old)
    assert await _passages(shelf) == ["new words"]


async def test_every_passage_is_the_text_at_its_span(shelf: Shelf) -> None:
    received = await shelf.add("Ünï\n\n𝔘𝔫𝔦𝔠𝔬𝔡𝔢 und 中文\n\nlast")
    async with workspace_transaction(shelf.pool, shelf.workspace_id) as connection:
        cursor = await connection.execute("select span_start, span_end, text from passages")
        for start, end, text in await cursor.fetchall():
            window = await Documents(connection).text(received.document_id, start, end)
            assert window.text == text


async def test_deleting_a_document_leaves_no_row_of_it(shelf: Shelf, owner_pool: Pool) -> None:
    received = await shelf.add("one\n\ntwo", "x")
    await shelf.receive("three", "x")
    async with workspace_transaction(shelf.pool, shelf.workspace_id) as connection:
        await Documents(connection).delete(received.document_id)
    async with owner_pool.connection() as connection:
        assert {table: await count(connection, table) for table in _TABLES} == dict.fromkeys(
            _TABLES, 0
        )


async def test_bytes_that_two_documents_share_outlive_the_first(shelf: Shelf) -> None:
    first, second = await shelf.receive("same", "a"), await shelf.receive("same", "b")
    assert first.document_id != second.document_id
    async with workspace_transaction(shelf.pool, shelf.workspace_id) as connection:
        await Documents(connection).delete(first.document_id)
    async with workspace_transaction(shelf.pool, shelf.workspace_id) as connection:
        version = await Documents(connection).version(second.document_id)
        assert [part async for part in Blobs(connection).parts(version.sha256)] == [b"same"]


async def test_the_statistics_of_words_stay_exact(shelf: Shelf) -> None:
    chance = random.Random(7)
    words = ["salt", "lamp", "wick", "tower", "gale"]

    async def act(number: int) -> None:
        text = "\n\n".join(" ".join(chance.choices(words, k=5)) for _ in range(3)) + str(number)
        received = await shelf.add(text, f"d{number % 7}")
        if chance.random() < 0.3:
            async with workspace_transaction(shelf.pool, shelf.workspace_id) as connection:
                await Documents(connection).delete(received.document_id)

    for batch in range(6):
        # deletions and uploads of one document at once may find it gone
        await asyncio.gather(*(act(batch * 7 + n) for n in range(7)), return_exceptions=False)
    assert await _counted(shelf) == await _kept(shelf)


async def _kept(shelf: Shelf) -> tuple[dict[str, int], tuple[int, int]]:
    async with workspace_transaction(shelf.pool, shelf.workspace_id) as connection:
        terms = await (await connection.execute("select lexeme, df from terms")).fetchall()
        [sums] = await (
            await connection.execute("select passages, length from lexical_statistics")
        ).fetchall()
    return dict(terms), sums


async def _counted(shelf: Shelf) -> tuple[dict[str, int], tuple[int, int]]:
    async with workspace_transaction(shelf.pool, shelf.workspace_id) as connection:
        cursor = await connection.execute(
            "select tsvector_to_array(lexemes), lexeme_count(lexemes) from passages"
        )
        rows = await cursor.fetchall()
    df = Counter(lexeme for lexemes, _ in rows for lexeme in lexemes)
    return dict(df), (len(rows), sum(length for _, length in rows))


async def test_another_workspace_sees_nothing_even_without_the_filter(
    shelf: Shelf, owner_url: str
) -> None:
    received = await shelf.add("secret")
    async with workspace_transaction(shelf.pool, open_workspace(owner_url)) as connection:
        assert {table: await count(connection, table) for table in _TABLES} == dict.fromkeys(
            _TABLES, 0
        )
        with pytest.raises(NotFound):
            await Documents(connection).get(received.document_id)
        with pytest.raises(NotFound):
            await Documents(connection).delete(received.document_id)


async def test_no_one_writes_into_another_workspace(shelf: Shelf, owner_url: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with workspace_transaction(shelf.pool, open_workspace(owner_url)) as connection:
            await connection.execute(
                "insert into collections (workspace_id, id, name) values (%s, %s, 'x')",
                (shelf.workspace_id, uuid7()),
            )


async def test_a_collection_goes_with_all_that_is_in_it(shelf: Shelf, owner_pool: Pool) -> None:
    await shelf.add("one")
    await shelf.add("two")
    async with workspace_transaction(shelf.pool, shelf.workspace_id) as connection:
        await Collections(connection).delete(shelf.collection.id)
    async with owner_pool.connection() as connection:
        assert await count(connection, "passages") == 0
        assert await count(connection, "blobs") == 0


async def test_a_collections_name_is_its_own(shelf: Shelf) -> None:
    with pytest.raises(Conflict, match="already a collection"):
        await Shelf.open(shelf.pool, shelf.workspace_id, shelf.collection.name)


async def test_an_upload_without_a_collection_is_refused(shelf: Shelf) -> None:
    async with workspace_transaction(shelf.pool, shelf.workspace_id) as connection:
        await Collections(connection).delete(shelf.collection.id)
    with pytest.raises(NotFound, match="no collection"):
        await shelf.receive("one")


async def test_lists_go_on_after_the_last_one_seen(shelf: Shelf) -> None:
    made = [(await shelf.receive(f"text {n}")).document_id for n in range(5)]
    seen: list[UUID] = []
    async with workspace_transaction(shelf.pool, shelf.workspace_id) as connection:
        documents = Documents(connection)
        while page := await documents.list(2, after=seen[-1] if seen else None):
            seen += [document.id for document in page]
    assert seen == made


async def test_new_metadata_for_the_same_bytes_is_kept(shelf: Shelf) -> None:
    await shelf.receive("one", metadata={"a": 1})
    received = await shelf.receive("one", title="Title", metadata={"b": 2})
    async with workspace_transaction(shelf.pool, shelf.workspace_id) as connection:
        document = await Documents(connection).get(received.document_id)
    assert (document.title, document.metadata) == ("Title", {"b": 2})
