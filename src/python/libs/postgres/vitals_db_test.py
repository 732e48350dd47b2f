import psycopg

from libs.postgres.pool import create_pool
from libs.postgres.schema import REQUIRED_REVISION
from libs.postgres.vitals import Vitals, vitals


async def ask(url: str) -> Vitals:
    async with create_pool(url, 1, "test") as pool, pool.connection() as connection:
        return await vitals(connection)


async def test_the_database_tells_its_revision_size_and_connections(app_url: str) -> None:
    found = await ask(app_url)
    assert found.revision is not None
    assert found.revision >= REQUIRED_REVISION
    assert found.size_bytes > 2**20
    assert 0 < found.connections <= found.max_connections


async def test_every_table_of_a_workspace_is_guarded_from_the_services_login(app_url: str) -> None:
    assert (await ask(app_url)).unguarded_tables == 0


async def test_a_table_without_its_policies_is_counted(owner_url: str, app_url: str) -> None:
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("alter table pages disable row level security")
    assert (await ask(app_url)).unguarded_tables == 1
