from libs.postgres.pool import Pool
from libs.search.warming import warm_up
from libs.testing.corpus import EMBEDDER


async def test_a_search_for_nothing_reads_nobodys_documents(pool: Pool) -> None:
    async with pool.connection() as connection:
        await warm_up(connection, EMBEDDER.model)
        cursor = await connection.execute("select current_setting('ibid.workspace')")
        assert await cursor.fetchone() == ("00000000-0000-0000-0000-000000000000",)
        await connection.rollback()
        cursor = await connection.execute("select current_setting('ibid.workspace', true)")
        assert await cursor.fetchone() == ("",)
