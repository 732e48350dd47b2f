import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from typer.testing import CliRunner

from cli.app import create_app
from cli.parts import Parts
from ibid_client import AsyncClient, Client
from ibid_contract import (
    Collection,
    Document,
    DocumentStatus,
    Explanation,
    Hit,
    Identity,
    Job,
    JobState,
    Page,
    Problem,
    Scores,
    SearchMode,
    SearchResponse,
    Stage,
    Uploaded,
)

_ID = UUID(int=7)
_NOW = datetime(2026, 1, 2, tzinfo=UTC)
_ENVIRON = {
    "IBID_API_URL": "http://api.test",
    "IBID_WEB_URL": "http://web.test",
    "IBID_API_KEY": "key",
}


def _document(**changes: Any) -> Document:
    document = Document(
        _ID, _ID, None, "A", {}, DocumentStatus.PENDING, None, 1, None, "text/plain", "a.txt", 3,
        None, _ID, _NOW, _NOW,
    )  # fmt: skip
    return msgspec.structs.replace(document, **changes)


def _job(state: JobState, error: str | None = None) -> Job:
    code = error and "encrypted"
    return Job(_ID, _ID, 1, state, Stage.EMBED, 0, 0, None, None, code, error, _NOW, None, None)


def _collection(name: str, documents: int = 0) -> Collection:
    return Collection(UUID(int=len(name)), name, "", documents, _NOW, _NOW)


class Api:
    """A stand-in for the API: its collections, and what it makes of an upload."""

    def __init__(self) -> None:
        self.collections: list[Collection] = []
        self.uploads: list[tuple[str, bytes]] = []
        self.searches: list[Any] = []
        self.answer_upload: Callable[[str], tuple[int, object]] = lambda _: (
            202,
            Uploaded(_document(), _job(JobState.PENDING)),
        )
        self.end = _job(JobState.DONE)
        self.search = SearchResponse([], {}, 0, None, 1.0)
        self.readiness: dict[str, object] = {"status": "ready"}
        self.failure: Exception | Problem | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if isinstance(self.failure, Exception):
            raise self.failure
        if request.url.path == "/readyz":
            return _json(self.readiness, 503 if "reasons" in self.readiness else 200)
        if isinstance(self.failure, Problem):
            return _json(self.failure, self.failure.status)
        return self._answer(request)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        match request.method, request.url.path.split("/")[2:]:
            case "GET", ["auth", "whoami"]:
                return _json(Identity(_ID, "Research", _ID, "owner"))
            case "GET", ["collections"]:
                return _json(Page(self.collections))
            case "POST", ["collections"]:
                name = msgspec.json.decode(request.content)["name"]
                self.collections.append(_collection(name))
                return _json(self.collections[-1], 201)
            case "POST", ["collections", _, "documents"]:
                return self._upload(request.content)
            case "GET", ["collections", _, "documents"]:
                is_failed = request.url.params["status"] == "failed"
                return _json(Page([_document()] if is_failed else []))
            case "GET", ["jobs"]:
                return _json(Page([self.end] if request.url.params["state"] == "done" else []))
            case "GET", ["jobs", _, "events"]:
                return httpx.Response(200, content=b"data: " + _encode(self.end) + b"\n\n")
            case "POST", ["search"]:
                self.searches.append(msgspec.json.decode(request.content))
                return _json(self.search)
        raise AssertionError(request.url)

    def _upload(self, body: bytes) -> httpx.Response:
        _, external_id, file, _ = body.split(b"\r\n--")[0:1] * 1 + body.split(b"\r\n--")
        name = external_id.split(b"\r\n\r\n", 1)[1].decode()
        self.uploads.append((name, file.split(b"\r\n\r\n", 1)[1]))
        status, answer = self.answer_upload(name)
        return _json(answer, status)


def _encode(value: object) -> bytes:
    return msgspec.json.encode(value)


def _json(value: object, status: int = 200) -> httpx.Response:
    return httpx.Response(status, content=_encode(value))


@pytest.fixture
def api() -> Api:
    return Api()


class Run:
    """Runs ``ibid`` against the stand-in."""

    def __init__(self, api: Api) -> None:
        self.environ = dict(_ENVIRON)
        self._api = api

    def __call__(self, *arguments: object) -> "Ended":
        parts = Parts(
            self.environ,
            lambda url, key: Client(url, key, transport=httpx.MockTransport(self._api)),
            lambda url, key: AsyncClient(url, key, transport=httpx.MockTransport(self._api)),
        )
        result = CliRunner().invoke(create_app(parts), [str(one) for one in arguments])
        return Ended(result.exit_code, result.stdout, result.stderr)


class Ended(msgspec.Struct, frozen=True):
    code: int
    out: str
    err: str


@pytest.fixture
def ibid(api: Api) -> Run:
    return Run(api)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.md", "deep/a.txt", ".hidden.txt", ".git/config"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"bytes of {name}", "utf-8")
    return tmp_path


def test_a_folder_is_uploaded_into_a_new_collection(api: Api, ibid: Run, folder: Path) -> None:
    ended = ibid("upload", folder, "--collection", "Papers")
    assert ended.code == 0
    assert [one.name for one in api.collections] == ["Papers"]
    assert sorted(api.uploads) == [
        ("b.md", b"bytes of b.md"),
        ("deep/a.txt", b"bytes of deep/a.txt"),
    ]
    *lines, summary = ended.out.splitlines()
    assert sorted(lines) == ["uploaded   b.md", "uploaded   deep/a.txt"]
    assert summary == "2 uploaded in the collection “Papers”"


def test_a_collection_that_is_there_is_used(api: Api, ibid: Run, folder: Path) -> None:
    api.collections = [_collection("Documents")]
    assert ibid("upload", folder / "b.md").code == 0
    assert len(api.collections) == 1


def test_what_was_there_is_unchanged(api: Api, ibid: Run, folder: Path) -> None:
    document = _document(status=DocumentStatus.READY, job_id=None)
    api.answer_upload = lambda _: (200, Uploaded(document, None))
    ended = ibid("upload", folder, "--wait")
    assert ended.code == 0
    assert ended.out.splitlines()[-1] == "2 unchanged in the collection “Documents”"


def test_a_new_version_is_told(api: Api, ibid: Run, folder: Path) -> None:
    api.answer_upload = lambda _: (202, Uploaded(_document(version=3), _job(JobState.PENDING)))
    assert "uploaded   b.md (version 3)" in ibid("upload", folder).out


def test_one_failure_does_not_stop_the_others(api: Api, ibid: Run, folder: Path) -> None:
    problem = Problem("/problems/rejected", "Rejected", 422, "The document is empty.")
    done = (202, Uploaded(_document(), _job(JobState.PENDING)))
    api.answer_upload = lambda name: (422, problem) if name == "b.md" else done
    ended = ibid("upload", folder)
    assert ended.code == 1
    assert "failed     b.md: The document is empty." in ended.out
    assert "uploaded   deep/a.txt" in ended.out


def test_a_type_that_cannot_be_read_fails_only_when_it_is_named(
    api: Api, ibid: Run, folder: Path
) -> None:
    problem = Problem("/problems/unsupported", "Unsupported", 415, "Ibid reads PDF.")
    api.answer_upload = lambda _: (415, problem)
    found, named = ibid("upload", folder), ibid("upload", folder / "b.md")
    assert (found.code, named.code) == (0, 1)
    assert "skipped    b.md: Ibid reads PDF." in found.out
    assert "failed     b.md: Ibid reads PDF." in named.out


def test_waiting_tells_how_the_job_ended(api: Api, ibid: Run, folder: Path) -> None:
    api.end = _job(JobState.FAILED, "This PDF is encrypted.")
    assert ibid("upload", folder / "b.md").code == 0
    ended = ibid("upload", folder / "b.md", "--wait")
    assert ended.code == 1
    assert "failed     b.md: This PDF is encrypted." in ended.out


def test_waiting_ends_when_the_job_has(api: Api, ibid: Run, folder: Path) -> None:
    ended = ibid("upload", folder, "--wait")
    assert ended.code == 0
    assert ended.out.splitlines()[-1] == "2 uploaded in the collection “Documents”"


def test_bytes_that_failed_before_have_failed(api: Api, ibid: Run, folder: Path) -> None:
    document = _document(status=DocumentStatus.FAILED, failure="This PDF is broken.")
    api.answer_upload = lambda _: (200, Uploaded(document, None))
    assert "failed     b.md: This PDF is broken." in ibid("upload", folder).out


def test_an_upload_can_be_read_by_scripts(ibid: Run, folder: Path) -> None:
    ended = ibid("upload", folder / "b.md", "--json")
    answer = msgspec.json.decode(ended.out)
    assert answer["collection"]["name"] == "Documents"
    assert answer["counts"] == {"uploaded": 1, "unchanged": 0, "skipped": 0, "failed": 0}
    assert answer["documents"] == [
        {
            "path": str(folder / "b.md"),
            "external_id": "b.md",
            "outcome": "uploaded",
            "document_id": str(_ID),
            "version": 1,
            "reason": None,
        }
    ]


def test_two_documents_of_one_name_are_refused(api: Api, ibid: Run, folder: Path) -> None:
    other = folder / "other" / "b.md"
    other.parent.mkdir()
    other.write_bytes(b"x")
    ended = ibid("upload", folder / "b.md", other)
    assert ended.code == 2
    assert "would both be the document “b.md”" in ended.err
    assert api.uploads == []
    assert ibid("upload", folder / "b.md", folder / "deep" / ".." / "b.md").code == 0


def test_a_path_that_is_not_there_is_wrong_usage(ibid: Run, tmp_path: Path) -> None:
    ended = ibid("upload", tmp_path / "nothing")
    assert ended.code == 2
    assert ended.err == f"ibid: {tmp_path}/nothing does not exist\n"


def test_an_empty_folder_is_no_failure(ibid: Run, tmp_path: Path) -> None:
    ended = ibid("upload", tmp_path)
    assert (ended.code, ended.out) == (0, "no documents in the collection “Documents”\n")


def test_a_name_cannot_steer_the_terminal(ibid: Run, tmp_path: Path) -> None:
    name = os.fsdecode(b"\x1b[31m\xff.txt")
    (tmp_path / name).write_bytes(b"x")
    assert ibid("upload", tmp_path).out.splitlines()[0] == "uploaded   \ufffd[31m\ufffd.txt"


_HIT = Hit(
    _ID, 2, "The\x1b Lease", _ID, 3, 120, 141, "Leases", "A lease\nis 30 seconds", [(2, 7)],
    0.912, {}, _ID, "text/plain", Scores(7.5, None),
)  # fmt: skip


def test_a_hit_says_where_it_stands(api: Api, ibid: Run) -> None:
    api.search = SearchResponse([_HIT], {}, 40, None, 12.3)
    ended = ibid("search", "how", "long", "is", "a", "lease")
    assert ended.code == 0
    assert ended.out.splitlines() == [
        " 1. The\ufffd Lease  page 3, characters 120 to 141  0.912"
        "  (lexical 7.500, semantic not asked)",
        "    Leases",
        "    A lease is 30 seconds",
        f"    http://web.test/document?id={_ID}&version=2&start=120&end=141",
        "",
        "1 of 40 passages in 12 ms",
    ]
    assert api.searches == [{"query": "how long is a lease"}]


def test_a_search_takes_its_options(api: Api, ibid: Run) -> None:
    api.collections = [_collection("A"), _collection("BB")]
    ibid("search", "x", "-c", "BB", "--mode", "lexical", "-n", "3", "--explain")
    assert api.searches == [
        {
            "query": "x",
            "collections": [str(_collection("BB").id)],
            "mode": "lexical",
            "limit": 3,
            "explain": True,
        }
    ]


def test_an_explained_search_says_what_was_searched(api: Api, ibid: Run) -> None:
    explanation = Explanation(SearchMode.HYBRID, "all-MiniLM-L6-v2", ["leas"], 2.0, 3.0)
    api.search = SearchResponse([], {}, 0, None, 12.3, explanation)
    assert ibid("search", "x", "--explain").out.splitlines() == [
        "hybrid search with all-MiniLM-L6-v2; words: leas; embedding 2.0 ms, database 3.0 ms",
        "Nothing found.",
    ]


def test_a_search_can_be_read_by_scripts(api: Api, ibid: Run) -> None:
    api.search = SearchResponse([_HIT], {}, 40, None, 12.3)
    answer = msgspec.json.decode(ibid("search", "x", "--json").out, type=SearchResponse)
    assert answer == api.search


def test_an_unknown_collection_is_told_with_the_known_ones(api: Api, ibid: Run) -> None:
    api.collections = [_collection("Papers")]
    ended = ibid("search", "x", "-c", "Pappers")
    assert ended.code == 1
    assert ended.err == "ibid: there is no collection “Pappers”; there are: “Papers”\n"


def test_the_status_is_shown(api: Api, ibid: Run) -> None:
    api.collections = [_collection("Papers", documents=5)]
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


def test_an_api_that_goes_away_stops_the_upload(api: Api, ibid: Run, folder: Path) -> None:
    def go_away(_: str) -> tuple[int, object]:
        raise httpx.ReadTimeout("timed out")

    api.answer_upload = go_away
    ended = ibid("upload", folder)
    assert (ended.code, ended.err) == (3, "ibid: http://api.test does not answer: timed out\n")


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
