from libs.testing.pools import owner_pool, pool
from libs.testing.postgres import app_url, owner_url, postgres_server

__all__ = ["app_url", "owner_pool", "owner_url", "pool", "postgres_server"]
