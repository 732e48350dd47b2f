import json
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.app import create_app
from cli.parts import Parts
from libs.accounts import parse_token
from libs.postgres.migrate import head


@pytest.fixture
def environ(owner_url: str, app_url: str) -> dict[str, str]:
    return {"IBID_MIGRATION_DATABASE_URL": owner_url, "IBID_DATABASE_URL": app_url}


def _ibid(environ: dict[str, str], *arguments: object) -> str:
    result = CliRunner().invoke(create_app(Parts(environ)), [str(one) for one in arguments])
    assert result.exit_code == 0, result.stderr
    return result.stdout


def test_migrating_twice_is_harmless(environ: dict[str, str]) -> None:
    assert _ibid(environ, "migrate") == f"the schema is at revision {head()}\n"
    assert json.loads(_ibid(environ, "migrate", "--json")) == {"revision": head()}


def test_bootstrap_prints_a_key(environ: dict[str, str]) -> None:
    parse_token(_ibid(environ, "bootstrap").strip())
    answer = json.loads(_ibid(environ, "bootstrap", "--workspace", "Research", "--json"))
    assert answer["workspace"] == "Research"
    parse_token(answer["api_key"])


def test_bootstrap_once_gives_no_second_key(environ: dict[str, str]) -> None:
    _ibid(environ, "bootstrap", "--once")
    assert _ibid(environ, "bootstrap", "--once") == "the workspace “Main” is there already\n"
    assert json.loads(_ibid(environ, "bootstrap", "--once", "--json"))["api_key"] is None


def test_a_key_file_is_its_owners_and_stays(environ: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "key"
    assert _ibid(environ, "bootstrap", "--key-file", path) == f"a new key of “Main” is in {path}\n"
    key = path.read_text("utf-8")
    parse_token(key.strip())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert _ibid(environ, "bootstrap", "--key-file", path) == f"the key of “Main” is in {path}\n"
    assert path.read_text("utf-8") == key
    assert list(tmp_path.iterdir()) == [path]


def test_a_key_file_of_another_database_is_replaced(
    environ: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "key"
    path.write_text("ibid_old\n", "utf-8")
    path.chmod(0o644)
    answer = json.loads(_ibid(environ, "bootstrap", "--key-file", path, "--json"))
    assert answer == {"workspace": "Main", "key_file": str(path), "is_new": True}
    parse_token(path.read_text("utf-8").strip())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_database_without_schema_says_what_to_do(
    postgres_server: object, environ: dict[str, str]
) -> None:
    url = environ["IBID_MIGRATION_DATABASE_URL"].rpartition("/")[0] + "/postgres"
    parts = Parts({"IBID_MIGRATION_DATABASE_URL": url})
    result = CliRunner().invoke(create_app(parts), ["bootstrap"])
    assert result.exit_code == 1
    assert result.stderr == "ibid: the database has no schema yet; run: ibid migrate\n"
