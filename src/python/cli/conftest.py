from libs.testing.postgres import app_url, owner_url, postgres_server

__all__ = ["app_url", "owner_url", "postgres_server"]
