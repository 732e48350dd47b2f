import asyncio
from dataclasses import replace

import psycopg
import pytest
from psycopg import sql

from libs.errors import Conflict, Unavailable
from libs.models import KnownModels, Models, ModelState, build, list_models, switch
from libs.postgres.pool import Pool, workspace_transaction
from libs.testing.corpus import Shelf, open_workspace
from libs.testing.embedding import HASHING_MODEL

FIRST = "all-MiniLM-L6-v2"
OTHER = replace(HASHING_MODEL, name="Other/Model v2")


async def known(pool: Pool) -> None:
    async with pool.connection() as connection:
        await KnownModels([OTHER], FIRST).introduce(connection)


@pytest.mark.parametrize(
    "call",
    [
        "build_model('x')",
        "keep_model('x')",
        "switch_model('x', 'switch', '{}')",
        "roll_back_model()",
        "remove_model('x')",
        "add_dimension(3)",
        "fill_backlog('x')",
        "clear_backlog('x')",
    ],
)
def test_the_services_role_changes_no_model(app_url: str, call: str) -> None:
    with (
        psycopg.connect(app_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(sql.SQL("select ") + sql.SQL(call))


@pytest.mark.parametrize("table", ["models", "active_model", "model_acts", "embedding_backlog"])
def test_the_services_role_writes_no_table_of_models(app_url: str, table: str) -> None:
    with (
        psycopg.connect(app_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(sql.SQL("delete from {}").format(sql.Identifier(table)))


def test_there_is_one_active_model_from_the_start(owner_url: str) -> None:
    [first] = list_models(owner_url)
    assert (first.name, first.state) == (FIRST, ModelState.ACTIVE)
    with (
        psycopg.connect(owner_url) as connection,
        pytest.raises(psycopg.errors.UniqueViolation),
    ):
        connection.execute("insert into active_model (name) values (%s)", (FIRST,))


async def test_a_model_that_is_offered_again_stays_as_it_is(pool: Pool, owner_url: str) -> None:
    await known(pool)
    build(owner_url, OTHER.name)
    async with pool.connection() as connection:
        assert not await Models(connection).offer(replace(OTHER, fingerprint="f" * 64))
        assert await Models(connection).offer(OTHER)
    assert {one.name: one.state for one in list_models(owner_url)} == {
        FIRST: ModelState.ACTIVE,
        OTHER.name: ModelState.READY,
    }


async def test_a_publication_and_a_switch_wait_for_each_other(pool: Pool, owner_url: str) -> None:
    await known(pool)
    build(owner_url, OTHER.name)
    async with pool.connection() as connection:
        assert await Models(connection).hold_active() == FIRST
        switching = asyncio.create_task(asyncio.to_thread(switch, owner_url, OTHER.name, {}))
        done, _ = await asyncio.wait([switching], timeout=0.5)
        assert not done
        assert await Models(connection).active() == FIRST
    await switching
    async with pool.connection() as connection:
        assert await Models(connection).hold_active() == OTHER.name


async def test_a_switch_that_waits_for_too_long_changes_nothing(pool: Pool, owner_url: str) -> None:
    await known(pool)
    build(owner_url, OTHER.name)
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("alter function switch_model set lock_timeout = '100ms'")
    async with pool.connection() as connection:
        await Models(connection).hold_active()
        with pytest.raises(Unavailable, match="in the way"):
            await asyncio.to_thread(switch, owner_url, OTHER.name, {})
        assert await Models(connection).active() == FIRST


async def test_what_another_release_publishes_is_queued_for_each_model(
    pool: Pool, owner_url: str
) -> None:
    await known(pool)
    build(owner_url, OTHER.name)
    shelf = await Shelf.open(pool, open_workspace(owner_url))
    await shelf.add("A lamp.\n\nA ship.")
    with pytest.raises(Conflict, match="no embedding of 2 passages"):
        switch(owner_url, OTHER.name, {})
    async with workspace_transaction(pool, shelf.workspace_id) as connection:
        await connection.execute("delete from documents")
    switch(owner_url, OTHER.name, {})


async def test_with_one_model_nothing_is_queued(pool: Pool, owner_url: str) -> None:
    shelf = await Shelf.open(pool, open_workspace(owner_url))
    await shelf.add("A lamp.\n\nA ship.")
    with psycopg.connect(owner_url) as owner:
        assert owner.execute("select count(*) from embedding_backlog").fetchone() == (0,)
