"""The commands as people and scripts run them, against the running system."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

from e2e.caller import Caller
from e2e.installation import EXAMPLES, Installation

_QUERY = "Why did the foghorn stop without anyone noticing?"


def _json(installation: Installation, *arguments: str) -> Any:
    done = installation.ibid(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_folder_is_uploaded_once_however_often_it_is_sent(
    installation: Installation, caller: Caller, tmp_path: Path
) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.md").write_text("# A\n\nThe wick is trimmed.")
    (tmp_path / "deep/b.txt").write_text("The lens is cleaned.")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99))
    command = ("upload", str(tmp_path), "--collection", f"Folder {uuid4()}", "--wait")
    first = _json(installation, *command)
    assert first["counts"] == {"uploaded": 2, "unchanged": 0, "skipped": 1, "failed": 0}
    ids = {one["external_id"]: one["document_id"] for one in first["documents"]}
    assert ids.keys() == {"a.md", "deep/b.txt", "picture.png"}
    again = _json(installation, *command)
    assert again["counts"] == {"uploaded": 0, "unchanged": 2, "skipped": 1, "failed": 0}
    assert (
        caller.find_shelf(first["collection"]["name"]).search("lens")[0]["document_id"]
        == (ids["deep/b.txt"])
    )


def test_search_prints_the_answer_of_the_api(installation: Installation, caller: Caller) -> None:
    printed = _json(installation, "search", _QUERY, "--collection", "Examples", "--limit", "3")
    examples = caller.find_shelf("Examples").id
    answer = caller.search(_QUERY, collections=[examples], limit=3)
    assert [hit["passage_id"] for hit in printed["hits"]] == [
        hit["passage_id"] for hit in answer["hits"]
    ]


def test_search_shows_people_the_place_and_a_link(installation: Installation) -> None:
    done = installation.ibid("search", _QUERY, "--collection", "Examples", "--limit", "1")
    assert done.returncode == 0
    assert installation.web_url in done.stdout
    assert "incident-report-2026-017.docx" in done.stdout


def test_status_finds_everything_ready(installation: Installation) -> None:
    done = installation.ibid("status")
    assert (done.returncode, done.stderr) == (0, "")


def test_what_goes_wrong_is_one_line_and_a_code_of_its_own(installation: Installation) -> None:
    wrong = {"IBID_API_KEY": f"{installation.key}x"}
    for code, done in (
        (1, installation.ibid("search", "x", "--collection", "No such collection")),
        (2, installation.ibid("search", "x", IBID_API_KEY="")),
        (3, installation.ibid("search", "x", IBID_API_URL="http://127.0.0.1:9")),
        (4, installation.ibid("search", "x", **wrong)),
    ):
        assert done.returncode == code, done.stderr
        [line] = done.stderr.splitlines()
        assert line.startswith("ibid: ")


def test_the_demo_again_is_harmless(installation: Installation, caller: Caller) -> None:
    before = installation.facts(), installation.key, _count(caller)
    again = installation.up("--demo")
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith("Ibid is already up.")
    key = (installation.state / "api-key").read_text().strip()
    assert (installation.facts(), key, _count(caller)) == before
    assert before[2] == len(list((EXAMPLES / "documents").iterdir()))


def test_a_second_installation_on_the_same_ports_is_refused_in_one_line(
    installation: Installation, tmp_path: Path
) -> None:
    second = Installation(tmp_path, installation.ports)
    done = second.up()
    assert done.returncode == 1
    [line] = [line for line in done.stderr.splitlines() if line.startswith("dev-up: port ")]
    assert line == done.stderr.splitlines()[-1]
    assert str(installation.ports["WEB"]) in line or str(installation.ports["API"]) in line
    assert second.processes() == []


def _count(caller: Caller) -> int:
    return len(caller.find_shelf("Examples").documents())
