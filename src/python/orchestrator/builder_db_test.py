"""A second model, built beside the first."""

import asyncio
import threading
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from libs.embedding import DEFAULT_MODEL
from libs.errors import Conflict, NotFound
from libs.models import Backlog, KnownModels, Models, ModelState, build, remove, roll_back, switch
from libs.postgres.pool import workspace_transaction
from libs.testing.embedding import HashingEmbedder
from orchestrator.builder import Builder
from orchestrator.conftest import Bench, started

SECOND = replace(DEFAULT_MODEL, name="second", fingerprint="2" * 64)
LETTER = "The lantern is lit."
BOOK = "\n\n".join(f"# Section {n}\n\nLantern {n} is lit. " + "word " * 150 for n in range(10))


@pytest.fixture
async def second(bench: Bench, owner_url: str) -> Bench:
    """A worker that knows two models, and has a document that the first one embedded."""
    bench.further = [SECOND]
    async with bench.pool.connection() as connection:
        await KnownModels([DEFAULT_MODEL, SECOND], DEFAULT_MODEL.name).introduce(connection)
    await bench.upload(BOOK)
    await bench.run()
    return bench


async def work(bench: Bench, batches: int = 100, lease: timedelta = timedelta(minutes=1)) -> int:
    """Be an idle worker for as many batches; return how many there were."""
    tools = bench.tools()
    builder = Builder(
        bench.pool,
        tools,
        bench.metrics,
        is_busy=lambda: False,
        may_work=lambda: True,
        lease=lease,
    )
    async with bench.pool.connection() as connection:
        await tools.models.introduce(connection)
    done = 0
    while done < batches and await builder.work(most=3):
        done += 1
    return done


async def state(bench: Bench, name: str = "second") -> ModelState:
    async with bench.pool.connection() as connection:
        return (await Models(connection).states())[name]


async def embeddings(bench: Bench, model: str = "second") -> int:
    async with workspace_transaction(bench.pool, bench.shelf.workspace_id) as connection:
        cursor = await connection.execute(
            "select count(*) from embeddings where model = %s", (model,)
        )
        row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def test_a_model_is_built_of_what_is_published(second: Bench, owner_url: str) -> None:
    passages = await second.count("passages")
    assert await asyncio.to_thread(build, owner_url, "second") == passages > 3
    assert await state(second) is ModelState.BUILDING
    await work(second)
    assert await embeddings(second) == passages
    assert await state(second) is ModelState.READY


async def test_building_again_changes_nothing(second: Bench, owner_url: str) -> None:
    build(owner_url, "second")
    await work(second, batches=1)
    assert build(owner_url, "second") == await second.count("passages") - 3
    await work(second)
    assert build(owner_url, "second") == 0


async def test_what_is_published_during_and_after_the_build_is_embedded_too(
    second: Bench, owner_url: str
) -> None:
    build(owner_url, "second")
    await work(second, batches=1)
    await second.upload("A second letter.")
    await second.run()
    await work(second)
    await second.upload("A third letter.")
    await second.run()
    assert await embeddings(second) == await second.count("passages") - 1
    assert await work(second) == 1
    assert await embeddings(second) == await second.count("passages")


async def test_what_is_deleted_during_the_build_leaves_nothing(
    second: Bench, owner_url: str
) -> None:
    build(owner_url, "second")
    async with workspace_transaction(second.pool, second.shelf.workspace_id) as connection:
        await connection.execute("delete from documents")
    assert await work(second) == 0
    assert await state(second) is ModelState.READY


async def test_a_batch_of_a_worker_that_died_is_another_s_once_its_lease_ran_out(
    second: Bench, owner_url: str
) -> None:
    build(owner_url, "second")
    async with second.pool.connection() as connection:
        dead = await Backlog(connection).claim(["second"], timedelta(seconds=0.5), 1_000)
    assert dead is not None
    assert len(dead.passage_ids) == await second.count("passages")
    assert await work(second) == 0
    await asyncio.sleep(0.6)
    await work(second)
    assert await embeddings(second) == await second.count("passages")


async def test_two_workers_do_not_embed_the_same(second: Bench, owner_url: str) -> None:
    build(owner_url, "second")
    batches = await asyncio.gather(work(second), work(second))
    assert sum(batches) == -(-await second.count("passages") // 3)


async def test_a_worker_without_the_model_leaves_it_alone(second: Bench, owner_url: str) -> None:
    build(owner_url, "second")
    second.further = []
    assert await work(second) == 0
    assert await state(second) is ModelState.BUILDING


async def test_an_incomplete_model_is_not_switched_to(second: Bench, owner_url: str) -> None:
    with pytest.raises(Conflict, match="ibid model build second"):
        switch(owner_url, "second", {})
    build(owner_url, "second")
    with pytest.raises(Conflict, match="no embedding of"):
        switch(owner_url, "second", {})
    assert await state(second, DEFAULT_MODEL.name) is ModelState.ACTIVE


async def test_a_switch_and_a_rollback_change_which_model_is_active(
    second: Bench, owner_url: str
) -> None:
    build(owner_url, "second")
    await work(second)
    switch(owner_url, "second", {"forced": True})
    assert await state(second) is ModelState.ACTIVE
    assert await state(second, DEFAULT_MODEL.name) is ModelState.RETIRED
    await second.upload("A second letter.")
    await second.run()
    await work(second)
    assert roll_back(owner_url) == DEFAULT_MODEL.name
    assert await embeddings(second, DEFAULT_MODEL.name) == await second.count("passages")
    assert roll_back(owner_url) == "second"


async def test_what_was_done_to_models_is_written_down(second: Bench, owner_url: str) -> None:
    build(owner_url, "second")
    await work(second)
    switch(owner_url, "second", {"ndcg_10": 0.5})
    with psycopg.connect(owner_url) as owner:
        acts = owner.execute("select model, act, evidence from model_acts order by id").fetchall()
    assert acts == [
        ("second", "build", {}),
        ("second", "ready", {}),
        ("second", "switch", {"ndcg_10": 0.5}),
    ]


async def test_without_a_switch_there_is_nothing_to_roll_back(owner_url: str) -> None:
    with pytest.raises(Conflict, match="no model to roll back to"):
        roll_back(owner_url)


async def test_a_job_that_was_embedded_before_a_switch_is_embedded_again(
    second: Bench, owner_url: str
) -> None:
    build(owner_url, "second")
    await work(second)
    second.embedder.gate = threading.Semaphore(0)
    job = await second.upload("A letter that is being embedded.")
    async with started(second, await second.claim()):
        await second.embeds()
        switch(owner_url, "second", {})
    assert (await second.job(job.id)).state == "done"
    await work(second)
    passages = await second.count("passages")
    assert await embeddings(second) == await embeddings(second, DEFAULT_MODEL.name) == passages
    second.embedder.gate.release(100)
    async with workspace_transaction(second.pool, second.shelf.workspace_id) as connection:
        cursor = await connection.execute(
            "select count(*) from embeddings a join embeddings b using (passage_id)"
            " join passages p on p.id = passage_id"
            " where a.model = 'second' and b.model <> 'second'"
        )
        assert await cursor.fetchone() == (passages,)


async def test_a_removed_model_gives_its_space_back(second: Bench, owner_url: str) -> None:
    build(owner_url, "second")
    await work(second)
    with pytest.raises(Conflict, match="is active"):
        remove(owner_url, DEFAULT_MODEL.name)
    remove(owner_url, "second")
    assert await embeddings(second) == 0
    assert await state(second) is ModelState.KNOWN
    with pytest.raises(NotFound):
        remove(owner_url, "second")
    assert build(owner_url, "second") == await second.count("passages")


async def test_a_name_that_no_service_knows_is_not_built(owner_url: str) -> None:
    with pytest.raises(NotFound, match="no service that runs knows it"):
        build(owner_url, "gpt-17")


async def test_a_new_installation_takes_the_model_of_its_services(
    bench: Bench, owner_url: str
) -> None:
    async with bench.pool.connection() as connection:
        known = KnownModels([DEFAULT_MODEL, SECOND], "second")
        assert await known.problem(connection) is None
        other = KnownModels([DEFAULT_MODEL, SECOND], DEFAULT_MODEL.name)
        assert await other.problem(connection) is None
    assert await state(bench) is ModelState.ACTIVE
    assert await state(bench, DEFAULT_MODEL.name) is ModelState.KNOWN
    bench.further = [SECOND]
    await bench.upload(LETTER)
    await bench.run()
    assert await embeddings(bench) == await bench.count("passages") == 1
    assert build(owner_url, DEFAULT_MODEL.name) == 1


async def test_an_installation_with_documents_keeps_its_model(second: Bench) -> None:
    async with second.pool.connection() as connection:
        await KnownModels([DEFAULT_MODEL, SECOND], "second").introduce(connection)
    assert await state(second, DEFAULT_MODEL.name) is ModelState.ACTIVE


async def test_a_service_without_the_active_model_says_so(second: Bench) -> None:
    async with second.pool.connection() as connection:
        told = await KnownModels([SECOND], "second").problem(connection)
    assert told is not None
    assert f"the active model is {DEFAULT_MODEL.name}" in told


async def test_other_weights_under_a_kept_name_are_not_used(second: Bench, owner_url: str) -> None:
    build(owner_url, "second")
    other = KnownModels([DEFAULT_MODEL, replace(SECOND, fingerprint="3" * 64)], "second")
    async with second.pool.connection() as connection:
        await other.introduce(connection)
    assert other.usable == {DEFAULT_MODEL.name}


async def test_a_model_of_another_dimension_has_functions_of_its_own(
    second: Bench, owner_url: str
) -> None:
    wide = replace(SECOND, name="wide", dimension=768)
    second.further = [wide]
    async with second.pool.connection() as connection:
        await KnownModels([wide], "wide").introduce(connection)
    build(owner_url, "wide")
    await work(second)
    vector = HashingEmbedder(wide).embed_query("lantern")
    async with workspace_transaction(second.pool, second.shelf.workspace_id) as connection:
        cursor = await connection.execute(
            "select count(*) from semantic_passages_768('wide', %s::text::halfvec, 9, null, null)",
            (str(vector.tolist()),),
        )
        assert await cursor.fetchone() == (min(9, await second.count("passages")),)
        with pytest.raises(psycopg.errors.CheckViolation):
            await connection.execute(
                "insert into embeddings (model, workspace_id, passage_id, embedding)"
                " select 'wide', workspace_id, id, '[1,2,3]' from passages"
            )
