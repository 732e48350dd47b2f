import os
from pathlib import Path

import httpx
import msgspec
import pytest

from cli.conftest import ID, Api, Run, a_collection, a_document, a_job
from ibid_contract import (
    DocumentStatus,
    JobState,
    Problem,
    Uploaded,
)


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
    api.collections = [a_collection("Documents")]
    assert ibid("upload", folder / "b.md").code == 0
    assert len(api.collections) == 1


def test_what_was_there_is_unchanged(api: Api, ibid: Run, folder: Path) -> None:
    document = a_document(status=DocumentStatus.READY, job_id=None)
    api.answer_upload = lambda _: (200, Uploaded(document, None))
    ended = ibid("upload", folder, "--wait")
    assert ended.code == 0
    assert ended.out.splitlines()[-1] == "2 unchanged in the collection “Documents”"


def test_a_new_version_is_told(api: Api, ibid: Run, folder: Path) -> None:
    api.answer_upload = lambda _: (202, Uploaded(a_document(version=3), a_job(JobState.PENDING)))
    assert "uploaded   b.md (version 3)" in ibid("upload", folder).out


def test_one_failure_does_not_stop_the_others(api: Api, ibid: Run, folder: Path) -> None:
    problem = Problem("/problems/rejected", "Rejected", 422, "The document is empty.")
    done = (202, Uploaded(a_document(), a_job(JobState.PENDING)))
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
    api.end = a_job(JobState.FAILED, "This PDF is encrypted.")
    assert ibid("upload", folder / "b.md").code == 0
    ended = ibid("upload", folder / "b.md", "--wait")
    assert ended.code == 1
    assert "failed     b.md: This PDF is encrypted." in ended.out


def test_a_document_that_is_deleted_meanwhile_has_failed(api: Api, ibid: Run, folder: Path) -> None:
    api.end = None
    ended = ibid("upload", folder / "b.md", "--wait")
    assert ended.code == 1
    assert "failed     b.md: the document was deleted meanwhile" in ended.out


def test_waiting_ends_when_the_job_has(api: Api, ibid: Run, folder: Path) -> None:
    ended = ibid("upload", folder, "--wait")
    assert ended.code == 0
    assert ended.out.splitlines()[-1] == "2 uploaded in the collection “Documents”"


def test_bytes_that_failed_before_have_failed(api: Api, ibid: Run, folder: Path) -> None:
    document = a_document(status=DocumentStatus.FAILED, failure="This PDF is broken.")
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
            "document_id": str(ID),
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


def test_an_api_that_goes_away_stops_the_upload(api: Api, ibid: Run, folder: Path) -> None:
    def go_away(_: str) -> tuple[int, object]:
        raise httpx.ReadTimeout("timed out")

    api.answer_upload = go_away
    ended = ibid("upload", folder)
    assert (ended.code, ended.err) == (3, "ibid: http://api.test does not answer: timed out\n")
