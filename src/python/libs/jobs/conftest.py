from libs.testing.postgres import app_url, owner_url, postgres_server
from libs.testing.redis import redis_url

__all__ = ["app_url", "owner_url", "postgres_server", "redis_url"]
