"""The commands that change models, against a database; the API is a stand-in."""

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from cli.conftest import FOUND, NOTHING, Api, Run, answer_by_model
from libs.models import KnownModels
from libs.postgres.pool import create_pool
from libs.testing.embedding import HASHING_MODEL

FIRST = "all-MiniLM-L6-v2"
E5 = replace(HASHING_MODEL, name="e5")


@pytest.fixture
async def owner(ibid: Run, owner_url: str, app_url: str) -> Run:
    """The command with the owner's login, where services know a second model."""
    async with create_pool(app_url, 1, "test") as pool, pool.connection() as connection:
        await KnownModels([E5], FIRST).introduce(connection)
    ibid.environ["IBID_MIGRATION_DATABASE_URL"] = owner_url
    return ibid


def acts(owner_url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(owner_url) as connection:
        return connection.execute(
            "select model, act, evidence -> 'forced', evidence -> 'difference' -> 'mean'"
            " from model_acts where act <> 'ready' order by id"
        ).fetchall()


def test_a_model_is_built_switched_to_and_taken_back(
    owner: Run, api: Api, owner_url: str, judged: tuple[object, ...]
) -> None:
    answer_by_model(api, model=FOUND, active=FOUND)
    assert owner("model", "build", "e5", "--wait").out == "e5 is complete\n"
    assert owner("model", "switch", "e5", *judged).out == "e5 is active\n"
    assert owner("model", "rollback").out == f"{FIRST} is active\n"
    assert acts(owner_url) == [
        ("e5", "build", None, None),
        ("e5", "switch", False, 0.0),
        (FIRST, "rollback", None, None),
    ]


def test_a_worse_model_is_refused_unless_forced(
    owner: Run, api: Api, owner_url: str, judged: tuple[object, ...]
) -> None:
    answer_by_model(api, model=NOTHING, active=FOUND)
    owner("model", "build", "e5")
    refused = owner("model", "switch", "e5", *judged)
    assert (refused.code, refused.err.startswith("ibid: e5 is worse")) == (1, True)
    assert [act for _, act, *_ in acts(owner_url)] == ["build"]
    assert owner("model", "switch", "e5", *judged, "--force").code == 0
    assert acts(owner_url)[-1] == ("e5", "switch", True, -1.0)


def test_a_model_that_is_not_built_is_told_how(owner: Run) -> None:
    ended = owner("model", "switch", "e5", "--force")
    assert (ended.code, ended.err) == (1, "ibid: e5 is not built. Run: ibid model build e5\n")


def test_a_name_that_nobody_knows_is_refused(owner: Run) -> None:
    ended = owner("model", "build", "e6")
    assert (ended.code, ended.err.count("\n")) == (1, 1)
    assert "no service that runs knows it" in ended.err


def test_a_model_is_removed(owner: Run) -> None:
    owner("model", "build", "e5")
    assert owner("model", "remove", "e5", "--json").out == '{"removed":"e5"}\n'


def test_a_database_that_is_away_is_unreachable(ibid: Run, tmp_path: Path) -> None:
    ibid.environ["IBID_MIGRATION_DATABASE_URL"] = f"postgresql:///ibid?host={tmp_path}"
    assert ibid("model", "rollback").code == 3
