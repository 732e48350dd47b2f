import os

import psycopg
import pytest
import redis

from libs.testing.postgres import TestServer


@pytest.mark.skipif("IBID_TEST_POSTGRES_URL" in os.environ, reason="the server is another")
def test_the_version_is_the_one_asked_for(postgres_server: TestServer) -> None:
    version = postgres_server.superuser.info.server_version // 10000
    assert version == int(os.environ.get("IBID_TEST_POSTGRES", "18"))


def test_the_apps_role_is_held_by_row_level_security(owner_url: str, app_url: str) -> None:
    with psycopg.connect(owner_url) as owner, psycopg.connect(app_url) as app:
        owner.execute("insert into workspaces (id, name) values (gen_random_uuid(), 'one')")
        owner.commit()
        assert owner.execute("select count(*) from workspaces").fetchone() == (1,)
        row = app.execute(
            "select rolsuper or rolbypassrls, pg_has_role('ibid_app', 'member')"
            " from pg_roles where rolname = current_user"
        ).fetchone()
    assert row == (False, True)


@pytest.mark.parametrize("_round", [1, 2])
def test_each_test_has_a_database_of_its_own(owner_url: str, _round: int) -> None:
    with psycopg.connect(owner_url) as owner:
        assert owner.execute("select count(*) from workspaces").fetchone() == (0,)
        owner.execute("insert into workspaces (id, name) values (gen_random_uuid(), 'one')")


@pytest.mark.parametrize("_round", [1, 2])
def test_each_test_finds_redis_empty(redis_url: str, _round: int) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("k", "v")
