"""Open pools of the test's database."""

from collections.abc import AsyncIterator

import pytest

from libs.postgres.pool import Pool, create_pool


@pytest.fixture
async def pool(app_url: str) -> AsyncIterator[Pool]:
    """As a service connects: row-level security holds."""
    async with create_pool(app_url, 8, "test") as pool:
        yield pool


@pytest.fixture
async def owner_pool(owner_url: str) -> AsyncIterator[Pool]:
    """As the superuser, who sees every workspace."""
    async with create_pool(owner_url, 2, "test") as pool:
        yield pool
