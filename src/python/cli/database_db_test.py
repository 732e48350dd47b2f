import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from typer.testing import CliRunner, Result

from cli.app import create_app
from cli.parts import Parts
from libs.accounts import new_key, parse_token
from libs.embedded import free_port
from libs.postgres.migrate import head
from libs.postgres.schema import REQUIRED_REVISION


@pytest.fixture
def environ(owner_url: str, app_url: str) -> dict[str, str]:
    return {"IBID_MIGRATION_DATABASE_URL": owner_url, "IBID_DATABASE_URL": app_url}


def _run(environ: dict[str, str], *arguments: object) -> Result:
    return CliRunner().invoke(create_app(Parts(environ)), [str(one) for one in arguments])


def _ibid(environ: dict[str, str], *arguments: object) -> str:
    result = _run(environ, *arguments)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def _set_revision(environ: dict[str, str], revision: str) -> None:
    with psycopg.connect(environ["IBID_MIGRATION_DATABASE_URL"], autocommit=True) as owner:
        owner.execute("update alembic_version set version_num = %s", (revision,))


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


def test_the_key_in_a_file_is_registered_and_the_file_stays(
    environ: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "key"
    token = new_key().token
    path.write_text(token, "utf-8")
    path.chmod(0o440)
    for is_new in (True, False):
        answer = json.loads(_ibid(environ, "bootstrap", "--key-file", path, "--json"))
        assert answer == {"workspace": "Main", "key_file": str(path), "is_new": is_new}
    assert path.read_text("utf-8") == token
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("content", ["", "ibid_old\n", f"ibid_{'1' * 32}_{'A' * 64}", "{}"])
def test_a_file_that_holds_no_key_is_told_and_makes_nothing(
    environ: dict[str, str], tmp_path: Path, content: str
) -> None:
    path = tmp_path / "key"
    path.write_text(content, "utf-8")
    ended = _run(environ, "bootstrap", "--key-file", path)
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr == (
        f"ibid: {path}: That is no API key: a key is ibid_, its id, _, and its secret.\n"
    )
    assert path.read_text("utf-8") == content
    _ibid(environ, "bootstrap", "--once")


def test_a_key_of_another_workspace_is_told(environ: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "key"
    _ibid(environ, "bootstrap", "--key-file", path)
    ended = _run(environ, "bootstrap", "--key-file", path, "--workspace", "Research")
    assert ended.exit_code == 1
    assert ended.stderr == f"ibid: {path}: That API key is one of another workspace.\n"


def test_the_login_of_the_services_comes_from_options(
    environ: dict[str, str], tmp_path: Path
) -> None:
    path, login = tmp_path / "password", "ibid_named_by_option"
    owner_url = environ["IBID_MIGRATION_DATABASE_URL"]
    try:
        for password in ("first", "second"):
            path.write_text(password + "\n", "utf-8")
            _ibid(environ, "migrate", "--app-user", login, "--app-password-file", path)
            url = make_conninfo(owner_url, user=login, password=password)
            with psycopg.connect(url) as connection:
                connection.execute("select count(*) from workspaces")
    finally:
        with psycopg.connect(owner_url) as connection:
            connection.execute(f"drop role {login}")


@pytest.mark.parametrize(
    ("options", "content", "line"),
    [
        ((), None, "--app-password-file needs --app-user"),
        (("--app-user", "x"), None, "{} is not there"),
        (("--app-user", "x"), "\n", "{} is empty"),
    ],
)
def test_a_password_that_is_missing_is_wrong_usage(
    environ: dict[str, str],
    tmp_path: Path,
    options: tuple[str, ...],
    content: str | None,
    line: str,
) -> None:
    path = tmp_path / "password"
    if content is not None:
        path.write_text(content, "utf-8")
    ended = _run(environ, "migrate", *options, "--app-password-file", path)
    assert (ended.exit_code, ended.stderr) == (2, f"ibid: {line.format(path)}\n")


def test_a_server_that_will_not_do_is_one_line(environ: dict[str, str]) -> None:
    with psycopg.connect(environ["IBID_MIGRATION_DATABASE_URL"], autocommit=True) as owner:
        owner.execute("update pg_extension set extversion = '0.5.0' where extname = 'vector'")
    ended = _run(environ, "migrate")
    assert ended.exit_code == 1
    assert ended.stderr.startswith("ibid: pgvector is 0.5.0 here, and Ibid needs 0.8 or newer")
    assert ended.stderr.count("\n") == 1


def test_a_check_changes_nothing(environ: dict[str, str]) -> None:
    url = urlsplit(environ["IBID_DATABASE_URL"])
    login = url._replace(netloc=f"ibid_only_checked:x@{url.hostname}:{url.port}").geturl()
    checked = environ | {"IBID_DATABASE_URL": login}
    assert _ibid(checked, "migrate", "--check") == "the database can be migrated\n"
    assert json.loads(_ibid(checked, "migrate", "--check", "--json")) == {"can_migrate": True}
    with psycopg.connect(environ["IBID_MIGRATION_DATABASE_URL"]) as owner:
        made = owner.execute("select from pg_roles where rolname = 'ibid_only_checked'")
        assert made.fetchone() is None


@pytest.mark.parametrize("name", ["IBID_MIGRATION_DATABASE_URL", "IBID_DATABASE_URL"])
def test_a_check_tells_of_a_server_that_does_not_answer(environ: dict[str, str], name: str) -> None:
    away = f"postgresql://somebody:secret@127.0.0.1:{free_port()}/ibid"
    ended = _run(environ | {name: away}, "migrate", "--check", "--wait", "0.1")
    assert (ended.exit_code, ended.stdout) == (3, "")
    assert "secret" not in ended.stderr
    last = ended.stderr.splitlines()[-1]
    assert ("IBID_DATABASE_URL: no PostgreSQL answers" in last) is (name == "IBID_DATABASE_URL")


def test_a_check_tells_of_a_server_that_will_not_do(environ: dict[str, str]) -> None:
    with psycopg.connect(environ["IBID_MIGRATION_DATABASE_URL"], autocommit=True) as owner:
        owner.execute("update pg_extension set extversion = '0.5.0' where extname = 'vector'")
    ended = _run(environ, "migrate", "--check")
    assert ended.exit_code == 1
    assert ended.stderr.startswith("ibid: pgvector is 0.5.0 here, and Ibid needs 0.8 or newer")


def test_the_schema_is_told(environ: dict[str, str]) -> None:
    line = f"the schema is at {head()}, and {REQUIRED_REVISION} is needed\n"
    assert _ibid(environ, "schema") == line
    assert json.loads(_ibid(environ, "schema", "--json")) == {
        "revision": head(),
        "required": REQUIRED_REVISION,
    }


def test_a_newer_schema_will_do(environ: dict[str, str]) -> None:
    _set_revision(environ, "9999")
    assert _ibid(environ, "schema").startswith("the schema is at 9999, ")


def test_an_older_schema_fails_and_names_both(environ: dict[str, str]) -> None:
    _set_revision(environ, "0000")
    ended = _run(environ, "schema")
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr == (
        f"ibid: the schema is at 0000 and must be at {REQUIRED_REVISION}; run `ibid migrate`\n"
    )


def test_whoever_waits_for_the_schema_goes_on_when_it_is_there(environ: dict[str, str]) -> None:
    _set_revision(environ, "0000")
    # Python's own buffers would hide a line that is not flushed
    with subprocess.Popen(
        [sys.executable, "-m", "cli", "schema", "--wait", "60"],
        env={**os.environ, **environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as waiting:
        assert waiting.stderr is not None
        assert waiting.stderr.readline().startswith("ibid: waiting: the schema is at 0000")
        _set_revision(environ, head())
        out, err = waiting.communicate(timeout=60)
    assert (waiting.returncode, err) == (0, "")
    assert out.startswith(f"the schema is at {head()}")


def test_whoever_waits_in_vain_gets_the_reason(environ: dict[str, str]) -> None:
    with psycopg.connect(environ["IBID_MIGRATION_DATABASE_URL"], autocommit=True) as owner:
        owner.execute("drop table alembic_version")
    ended = _run(environ, "schema", "--wait", "0.2")
    assert ended.exit_code == 1
    reason = "the database has no schema yet; run `ibid migrate`"
    assert ended.stderr == f"ibid: waiting: {reason}\nibid: {reason}\n"


def test_a_database_without_schema_says_what_to_do(
    postgres_server: object, environ: dict[str, str]
) -> None:
    url = environ["IBID_MIGRATION_DATABASE_URL"].rpartition("/")[0] + "/postgres"
    parts = Parts({"IBID_MIGRATION_DATABASE_URL": url})
    result = CliRunner().invoke(create_app(parts), ["bootstrap"])
    assert result.exit_code == 1
    assert result.stderr == "ibid: the database has no schema yet; run: ibid migrate\n"
