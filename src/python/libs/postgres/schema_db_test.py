import psycopg

from libs.postgres.migrate import head
from libs.postgres.pool import create_pool
from libs.postgres.schema import REQUIRED_REVISION, schema_problem


def test_the_code_relies_on_a_revision_that_there_is() -> None:
    assert head() >= REQUIRED_REVISION


async def test_a_migrated_schema_will_do(app_url: str) -> None:
    async with create_pool(app_url, 1, "test") as pool, pool.connection() as connection:
        assert await schema_problem(connection) is None


async def test_a_newer_schema_will_do(owner_url: str, app_url: str) -> None:
    _set_revision(owner_url, "9999")
    async with create_pool(app_url, 1, "test") as pool, pool.connection() as connection:
        assert await schema_problem(connection) is None


async def test_an_older_schema_is_told(owner_url: str, app_url: str) -> None:
    _set_revision(owner_url, "0000")
    async with create_pool(app_url, 1, "test") as pool, pool.connection() as connection:
        assert "is at 0000" in str(await schema_problem(connection))


async def test_a_database_without_a_schema_is_told(owner_url: str, app_url: str) -> None:
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("drop table alembic_version")
    async with create_pool(app_url, 1, "test") as pool, pool.connection() as connection:
        assert "no schema yet" in str(await schema_problem(connection))


def _set_revision(owner_url: str, revision: str) -> None:
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("update alembic_version set version_num = %s", (revision,))
