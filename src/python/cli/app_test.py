from pathlib import Path

import httpx
import msgspec
import pytest

from cli.conftest import Api, Run, a_collection
from ibid_contract import (
    Problem,
)


def test_the_status_is_shown(api: Api, ibid: Run) -> None:
    api.collections = [a_collection("Papers", documents=5)]
    ended = ibid("status")
    assert ended.code == 0
    lines = [line.split() for line in ended.out.splitlines()]
    assert lines == [
        ["workspace", "Research", "(key", "owner)"],
        ["api", "ready", "http://api.test"],
        ["web", "ready", "http://web.test"],
        ["jobs", "0", "pending,", "0", "running,", "1", "done,", "0", "failed,", "0", "cancelled"],
        [],
        ["collection", "pending", "processing", "ready", "failed"],
        ["Papers", "0", "0", "4", "1"],
    ]


def test_a_service_that_is_not_ready_fails_the_status(api: Api, ibid: Run) -> None:
    api.readiness = {"status": "not ready", "reasons": {"database": "no answer"}}
    ended = ibid("status", "--json")
    assert (ended.code, ended.err) == (1, "")
    assert msgspec.json.decode(ended.out)["services"][0] == {
        "name": "api",
        "url": "http://api.test",
        "status": "not ready",
        "reasons": {"database": "no answer"},
    }


def test_a_dashboard_that_is_not_there_is_no_failure(ibid: Run) -> None:
    ibid.environ["IBID_WEB_URL"] = "http://gone.test"
    ended = ibid("status")
    assert ended.code == 0
    assert "web        not reached  http://gone.test" in ended.out


_DENIED = Problem("/problems/denied", "Denied", 401, "The API key is unknown or revoked.", "abc")


@pytest.mark.parametrize("command", [("status",), ("search", "x"), ("upload", ".")])
@pytest.mark.parametrize(
    ("failure", "code", "line"),
    [
        (httpx.ConnectError("refused"), 3, "ibid: http://api.test does not answer: refused"),
        (_DENIED, 4, "ibid: The API key is unknown or revoked. (trace abc)"),
        (Problem("about:blank", "Busy", 503, "Try again."), 3, "ibid: Try again."),
        (Problem("about:blank", "Bad", 400, "Wrong."), 1, "ibid: Wrong."),
        (RuntimeError("odd\nand long"), 1, "ibid: RuntimeError: odd"),
    ],
)
def test_what_goes_wrong_is_a_line_and_an_exit_code(
    api: Api,
    ibid: Run,
    command: tuple[str, ...],
    failure: Exception | Problem,
    code: int,
    line: str,
) -> None:
    api.failure = failure
    ended = ibid(*command)
    assert (ended.code, ended.err) == (code, line + "\n")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"IBID_API_KEY": ""}, "IBID_API_KEY: not set, and neither is IBID_API_KEY_FILE"),
        ({"IBID_API_KEY": "kéy"}, "IBID_API_KEY: this is no API key"),
        (
            {"IBID_API_URL": "localhost"},
            "IBID_API_URL: the scheme must be http or https; expected a URL such as "
            "http://127.0.0.1:3001",
        ),
    ],
)
def test_a_wrong_setting_is_a_line_and_exit_2(
    ibid: Run, changes: dict[str, str], line: str
) -> None:
    ibid.environ.update(changes)
    ended = ibid("search", "x")
    assert (ended.code, ended.err) == (2, f"ibid: {line}\n")


@pytest.mark.parametrize("command", ["migrate", "bootstrap"])
def test_the_owners_commands_need_the_owners_database(ibid: Run, command: str) -> None:
    ended = ibid(command)
    assert (ended.code, ended.err) == (2, "ibid: IBID_MIGRATION_DATABASE_URL: not set\n")


@pytest.mark.parametrize("command", ["migrate", "bootstrap"])
def test_a_database_that_is_not_there_is_exit_3(ibid: Run, command: str) -> None:
    ibid.environ["IBID_MIGRATION_DATABASE_URL"] = "postgresql://owner:hunter2@127.0.0.1:1/ibid"
    ended = ibid(command)
    assert ended.code == 3
    assert ended.err.startswith("ibid: connection failed")
    assert ended.err.count("\n") == 1
    assert "hunter2" not in ended.err


def test_the_schema_needs_the_database_of_the_services(ibid: Run) -> None:
    ended = ibid("schema")
    assert (ended.code, ended.err) == (2, "ibid: IBID_DATABASE_URL: not set\n")


@pytest.mark.parametrize("command", ["migrate", "schema"])
def test_a_database_that_is_not_there_is_waited_for(ibid: Run, command: str) -> None:
    for name in ("IBID_MIGRATION_DATABASE_URL", "IBID_DATABASE_URL"):
        ibid.environ[name] = "postgresql://somebody:hunter2@127.0.0.1:1/ibid"
    ended = ibid(command, "--wait", "0.2")
    assert (ended.code, ended.out) == (3, "")
    waiting, last = ended.err.splitlines()
    assert waiting.startswith("ibid: waiting: connection failed")
    assert last.startswith("ibid: connection failed")
    assert "hunter2" not in ended.err


def test_a_key_file_that_cannot_be_written_makes_no_key(ibid: Run, tmp_path: Path) -> None:
    ibid.environ["IBID_MIGRATION_DATABASE_URL"] = "postgresql://owner@127.0.0.1:1/ibid"
    ended = ibid("bootstrap", "--key-file", tmp_path / "nowhere" / "key")
    assert ended.code == 1
    assert (
        ended.err == f"ibid: {tmp_path}/nowhere/key cannot be written: No such file or directory\n"
    )


def test_the_version_is_printed(ibid: Run) -> None:
    assert ibid("version").out.startswith("ibid ")
    assert msgspec.json.decode(ibid("version", "--json").out)["version"]
