import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from uuid_utils.compat import uuid7

from libs.accounts import (
    Audit,
    IdempotencyKeys,
    Principal,
    Stored,
    authenticate,
    bootstrap,
    expire_idempotency_keys,
    new_key,
    parse_token,
    register,
    revoke,
)
from libs.errors import Conflict, Denied, Rejected
from libs.postgres.pool import Pool, create_pool, single_statement, workspace_transaction


@pytest.fixture
async def pool(app_url: str) -> AsyncIterator[Pool]:
    async with create_pool(app_url, size=4, application="test") as pool:
        yield pool


@pytest.fixture
def token(owner_url: str) -> str:
    token = bootstrap(owner_url, "Research", "owner")
    assert token is not None
    return token


@pytest.fixture
async def principal(pool: Pool, token: str) -> Principal:
    async with pool.connection() as connection:
        return await authenticate(connection, parse_token(token))


async def test_a_token_opens_its_workspace(pool: Pool, token: str) -> None:
    async with pool.connection() as connection:
        principal = await authenticate(connection, parse_token(token))
    assert (principal.workspace_name, principal.key_name) == ("Research", "owner")
    assert principal.key_id == parse_token(token).key_id


async def test_a_token_with_another_secret_is_denied(pool: Pool, token: str) -> None:
    forged = token[:-64] + "0" * 64
    async with pool.connection() as connection:
        for wrong in (forged, new_key().token, "", "Bearer"):
            with pytest.raises(Denied):
                await authenticate(connection, parse_token(wrong))


async def test_a_revoked_key_is_denied_at_once(pool: Pool, owner_url: str, token: str) -> None:
    key_id = parse_token(token).key_id
    assert revoke(owner_url, key_id)
    assert not revoke(owner_url, key_id)
    async with pool.connection() as connection:
        with pytest.raises(Denied, match="revoked"):
            await authenticate(connection, parse_token(token))


def test_the_database_keeps_no_secret(owner_url: str, token: str) -> None:
    with psycopg.connect(owner_url) as connection:
        kept = str(connection.execute("select * from api_keys").fetchall())
    assert token.rpartition("_")[2] not in kept


async def test_the_services_make_no_keys(pool: Pool, principal: Principal) -> None:
    async with workspace_transaction(pool, principal.workspace_id) as connection:
        with pytest.raises(InsufficientPrivilege):
            await connection.execute(
                "select create_api_key(%s, %s, 'mine', sha256('x'))",
                (principal.workspace_id, uuid7()),
            )


async def test_a_token_that_somebody_else_made_is_registered_once(
    owner_url: str, pool: Pool
) -> None:
    token = new_key().token
    assert register(owner_url, "Sales", "owner", token)
    assert not register(owner_url, "Sales", "owner", token)
    async with single_statement(pool) as connection:
        assert (await authenticate(connection, parse_token(token))).workspace_name == "Sales"


def test_a_token_is_registered_once_also_at_the_same_time(owner_url: str) -> None:
    token = new_key().token
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: register(owner_url, "Race", "owner", token), range(4)))
    assert sorted(made) == [False, False, False, True]


def test_a_key_stays_in_its_workspace_and_revoked_stays_revoked(owner_url: str, token: str) -> None:
    with pytest.raises(Conflict, match="another workspace"):
        register(owner_url, "Sales", "owner", token)
    assert revoke(owner_url, parse_token(token).key_id)
    with pytest.raises(Conflict, match="was revoked"):
        register(owner_url, "Research", "owner", token)
    with pytest.raises(Denied):
        register(owner_url, "Research", "owner", token[:-1])
    assert bootstrap(owner_url, "Sales", "owner") is not None


def test_a_second_bootstrap_adds_a_key_only_when_told(owner_url: str, token: str) -> None:
    assert bootstrap(owner_url, "Research", "owner") is None
    assert bootstrap(owner_url, "Research", "owner", add_key=True) not in (None, token)


def test_bootstraps_at_the_same_time_make_one_workspace(owner_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        tokens = list(threads.map(lambda _: bootstrap(owner_url, "Race", "owner"), range(4)))
    assert sum(token is not None for token in tokens) == 1


async def test_an_act_is_recorded_with_its_caller(pool: Pool, principal: Principal) -> None:
    subject = uuid7()
    async with workspace_transaction(pool, principal.workspace_id) as connection:
        await Audit(connection).record(principal, "document.delete", "document", subject)
    async with workspace_transaction(pool, principal.workspace_id) as connection:
        rows = await connection.execute(
            "select api_key_id, action, subject_kind, subject_id from audit"
        )
        assert await rows.fetchall() == [(principal.key_id, "document.delete", "document", subject)]


async def test_nobody_records_for_another_workspace(pool: Pool, principal: Principal) -> None:
    async with workspace_transaction(pool, uuid7()) as connection:
        with pytest.raises(InsufficientPrivilege):
            await Audit(connection).record(principal, "document.delete", "document", uuid7())


_ANSWER = Stored(201, b'{"id": 1}', uuid7())


async def _request(
    pool: Pool, workspace_id: UUID, *, key: str = "k", fingerprint: bytes = b"f"
) -> Stored | None:
    """What a route does: return the answer that is there, or keep 201."""
    async with workspace_transaction(pool, workspace_id) as connection:
        keys = IdempotencyKeys(connection)
        stored = await keys.begin(workspace_id, key, fingerprint)
        if stored is None:
            await keys.finish(workspace_id, key, _ANSWER)
        return stored


async def test_a_repeated_request_gets_the_first_answer(pool: Pool, principal: Principal) -> None:
    assert await _request(pool, principal.workspace_id) is None
    assert await _request(pool, principal.workspace_id) == _ANSWER


async def test_of_requests_at_the_same_time_one_works(pool: Pool, principal: Principal) -> None:
    answers = await asyncio.gather(*(_request(pool, principal.workspace_id) for _ in range(4)))
    assert answers.count(None) == 1
    assert answers.count(_ANSWER) == 3


async def test_a_key_stands_for_one_request(pool: Pool, principal: Principal) -> None:
    await _request(pool, principal.workspace_id)
    with pytest.raises(Rejected, match="another request"):
        await _request(pool, principal.workspace_id, fingerprint=b"g")


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb", "\0"])
async def test_an_odd_key_is_rejected(pool: Pool, principal: Principal, key: str) -> None:
    with pytest.raises(Rejected):
        await _request(pool, principal.workspace_id, key=key)


async def test_a_failed_request_leaves_the_key_free(pool: Pool, principal: Principal) -> None:
    async def fail() -> None:
        async with workspace_transaction(pool, principal.workspace_id) as connection:
            await IdempotencyKeys(connection).begin(principal.workspace_id, "k", b"f")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await _request(pool, principal.workspace_id) is None


async def test_a_request_without_an_answer_cannot_be_repeated(
    pool: Pool, principal: Principal
) -> None:
    async with workspace_transaction(pool, principal.workspace_id) as connection:
        await IdempotencyKeys(connection).begin(principal.workspace_id, "k", b"f")
    with pytest.raises(Conflict):
        await _request(pool, principal.workspace_id)


async def test_workspaces_may_use_the_same_key(
    pool: Pool, owner_url: str, principal: Principal
) -> None:
    other = bootstrap(owner_url, "Other", "owner")
    assert other is not None
    async with pool.connection() as connection:
        neighbour = await authenticate(connection, parse_token(other))
    assert await _request(pool, principal.workspace_id) is None
    assert await _request(pool, neighbour.workspace_id) is None


async def test_old_keys_are_forgotten(pool: Pool, principal: Principal) -> None:
    await _request(pool, principal.workspace_id)
    async with pool.connection() as connection:
        assert await expire_idempotency_keys(connection, timedelta(hours=24)) == 0
        assert await expire_idempotency_keys(connection, timedelta(0)) == 1
    assert await _request(pool, principal.workspace_id) is None
