import asyncio
from typing import Any
from uuid import UUID

import psycopg
import pytest
from httpx import Response

from api.conftest import SECOND_MODEL, WIDE_MODEL, Service
from libs.corpus import Embeddings
from libs.embedding import DEFAULT_MODEL, Model
from libs.models import build, remove, roll_back, switch
from libs.postgres.pool import workspace_transaction
from libs.testing.embedding import HashingEmbedder


@pytest.fixture
async def built(service: Service) -> Service:
    """Two models, of which the second has embedded everything, too."""
    await service.shelf.add("The lantern is lit.\n\nThe fog is thick.")
    await asyncio.to_thread(build, service.owner_url, "second")
    await embed(service, SECOND_MODEL)
    await service.parts.models.look(service.parts.pool)
    return service


async def embed(service: Service, model: Model) -> None:
    workspace_id = service.shelf.workspace_id
    async with workspace_transaction(service.parts.pool, workspace_id) as connection:
        cursor = await connection.execute("select id, text from passages")
        texts: dict[UUID, str] = dict(await cursor.fetchall())
        vectors = HashingEmbedder(model).embed_passages(list(texts.values()))
        await Embeddings(connection).store(model.name, list(texts), vectors)


async def search(service: Service, **fields: object) -> Response:
    body = {"query": "lantern", "explain": True, "mode": "semantic", **fields}
    return await service.owner.post("/v1/search", json=body)


async def used_model(service: Service, **fields: object) -> object:
    response = await search(service, **fields)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    assert len(found["hits"]) == 2
    return found["explanation"]["model"]


async def test_models_are_listed_with_their_states(built: Service) -> None:
    found = (await built.owner.get("/v1/models")).json()
    assert [(one["name"], one["state"], one["progress"]) for one in found["items"]] == [
        (DEFAULT_MODEL.name, "active", 1.0),
        ("second", "building", 1.0),
        ("wide", "known", 0.0),
    ]


async def test_a_search_may_name_a_complete_model(built: Service) -> None:
    async with built.parts.pool.connection() as connection:
        await connection.execute("select settle_builds()")
    await built.parts.models.look(built.parts.pool)
    assert await used_model(built, model="second") == "second"
    assert await used_model(built) == DEFAULT_MODEL.name


async def test_an_incomplete_model_is_refused(built: Service) -> None:
    response = await search(built, model="second")
    assert response.status_code == 422
    assert response.json()["detail"] == (
        "The model “second” is building, and not ready to search by."
    )


async def test_an_unknown_model_is_refused(service: Service) -> None:
    response = await search(service, model="gpt-17")
    assert response.status_code == 422
    assert response.json()["type"].endswith("/unknown-model")


async def test_a_switch_is_followed_and_a_rollback_too(built: Service) -> None:
    await asyncio.to_thread(switch, built.owner_url, "second", {})
    assert await used_model(built) == DEFAULT_MODEL.name
    await built.parts.models.look(built.parts.pool)
    assert await used_model(built) == "second"
    await asyncio.to_thread(roll_back, built.owner_url)
    await built.parts.models.look(built.parts.pool)
    assert await used_model(built) == DEFAULT_MODEL.name


async def test_searches_during_switches_use_one_model_each_and_find_everything(
    built: Service,
) -> None:
    watching = asyncio.create_task(built.parts.models.watch(built.parts.pool))
    used = set()

    async def ask() -> None:
        for _ in range(40):
            used.add(await used_model(built))

    async def change() -> None:
        for name in ("second", DEFAULT_MODEL.name) * 2:
            await asyncio.to_thread(switch, built.owner_url, name, {})
            await built.parts.models.look(built.parts.pool)

    await asyncio.gather(ask(), ask(), change())
    watching.cancel()
    await asyncio.wait([watching])
    assert used == {"second", DEFAULT_MODEL.name}


async def test_a_model_of_another_dimension_is_searched_by(service: Service) -> None:
    await service.shelf.add("The lantern is lit.\n\nThe fog is thick.")
    await asyncio.to_thread(build, service.owner_url, "wide")
    await embed(service, WIDE_MODEL)
    await asyncio.to_thread(switch, service.owner_url, "wide", {})
    await service.parts.models.look(service.parts.pool)
    for query in ("lantern", "lantern -oil", '"the lantern"'):
        for mode in ("hybrid", "semantic"):
            response = await search(service, query=query, mode=mode)
            assert response.status_code == 200, response.text
            assert response.json()["explanation"]["model"] == "wide"
            assert response.json()["hits"]


async def test_only_a_model_that_is_searched_by_is_loaded(built: Service) -> None:
    loaded = built.parts.models._embedders._loaded
    assert list(loaded) == [DEFAULT_MODEL.name]
    async with built.parts.pool.connection() as connection:
        await connection.execute("select settle_builds()")
    await built.parts.models.look(built.parts.pool)
    await used_model(built, model="second")
    assert set(loaded) == {DEFAULT_MODEL.name, "second"}


async def test_what_was_active_a_moment_ago_is_not_removed(built: Service) -> None:
    await asyncio.to_thread(switch, built.owner_url, "second", {})
    with pytest.raises(Exception, match="active a moment ago"):
        await asyncio.to_thread(remove, built.owner_url, DEFAULT_MODEL.name)
    with psycopg.connect(built.owner_url) as owner:
        owner.execute("update active_model set switched_at = now() - interval '2 minutes'")
    await asyncio.to_thread(remove, built.owner_url, DEFAULT_MODEL.name)
    await built.parts.models.look(built.parts.pool)
    assert await used_model(built) == "second"
