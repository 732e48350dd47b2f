from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from cli.conftest import ID, Api, Run, a_collection, a_document
from ibid_contract import Hit, SearchResponse

_HIT = Hit(ID, 1, "A", ID, 1, 0, 1, None, "a", [], 0.5, {}, ID, "text/plain")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "queries.jsonl").write_text('{"_id": "q1", "text": "what is a"}\n')
    (tmp_path / "qrels.tsv").write_text("q1\ta.txt\t1\n")
    return tmp_path


@pytest.fixture
def shelf(api: Api) -> Api:
    api.collections = [a_collection("Shelf")]
    api.documents = [a_document(external_id="a.txt")]
    api.search = SearchResponse([_HIT], {}, 1, None, 1.0)
    return api


def test_two_ways_to_search_stand_side_by_side(shelf: Api, ibid: Run, folder: Path) -> None:
    ended = ibid("eval", "run", folder, "-c", "Shelf", "--a", "hybrid", "--b", "lexical")
    assert ended.code == 0, ended.err
    assert "nDCG@10     1.0000 [1.000, 1.000]" in ended.out
    assert "a is better on 0, worse on 0, level on 1" in ended.out
    assert "loses most" not in ended.out
    assert [search["mode"] for search in shelf.searches if "mode" in search] == ["lexical"]
    assert len(shelf.searches) == 2


def test_a_measurement_can_be_read_by_scripts(shelf: Api, ibid: Run, folder: Path) -> None:
    shelf.search = SearchResponse([], {}, 0, None, 1.0)
    ended = ibid("eval", "run", folder, "-c", "Shelf", "--json")
    report = msgspec.json.decode(ended.out)
    assert report["comparison"]["a"]["nDCG@10"] == {"mean": 0.0, "low": 0.0, "high": 0.0}
    assert [query["id"] for query in report["comparison"]["queries"]] == ["q1"]


def test_each_of_several_collections_has_measures_of_its_own(
    shelf: Api, ibid: Run, folder: Path
) -> None:
    near, far = shelf.collections = [a_collection("Shelf"), a_collection("Loft")]
    shelf.documents_of = {
        near.id: [a_document(external_id="a.txt")],
        far.id: [a_document(id=UUID(int=8), external_id="b.txt")],
    }
    queries = [f'{{"_id": "q{number}", "text": "what is {number}"}}' for number in (1, 2, 3)]
    (folder / "queries.jsonl").write_text("\n".join(queries))
    judged = ("q1\ta.txt\t1", "q1\tb.txt\t0", "q2\tb.txt\t1", "q3\ta.txt\t1", "q3\tb.txt\t1")
    (folder / "qrels.tsv").write_text("\n".join(judged))
    both = ("-c", "Shelf", "-c", "Loft")
    report = msgspec.json.decode(ibid("eval", "run", folder, *both, "--json").out)
    assert [
        (one["name"], one["queries"], one["a"]["Recall@100"]["mean"])
        for one in report["by_collection"]
    ] == [("Shelf", 2, 0.75), ("Loft", 2, 0.25)]
    told = ibid("eval", "run", folder, *both, "--a", "hybrid", "--b", "lexical").out
    assert "2 queries with an answer in “Loft”\nnDCG@10     0.3066 [" in told


def test_one_collection_is_not_told_twice(shelf: Api, ibid: Run, folder: Path) -> None:
    ended = ibid("eval", "run", folder, "-c", "Shelf")
    assert ended.out.count("nDCG@10   ") == 1


def test_a_judged_document_that_is_not_there_is_told_with_its_line(
    shelf: Api, ibid: Run, folder: Path
) -> None:
    shelf.documents = []
    ended = ibid("eval", "run", folder, "-c", "Shelf")
    assert ended.code == 1
    assert "qrels.tsv:1: there is no document “a.txt” in “Shelf”" in ended.err


def test_a_judged_document_that_is_in_two_collections_is_told_with_its_line(
    shelf: Api, ibid: Run, folder: Path
) -> None:
    near, far = shelf.collections = [a_collection("Shelf"), a_collection("Loft")]
    other = a_document(id=UUID(int=8), external_id="a.txt")
    shelf.documents_of = {near.id: [a_document(external_id="a.txt")], far.id: [other]}
    ended = ibid("eval", "run", folder, "-c", "Shelf", "-c", "Loft")
    assert ended.code == 1
    assert "qrels.tsv:1: there are several documents “a.txt” in “Shelf”, “Loft”" in ended.err
    (folder / "qrels.tsv").write_text(f"q1\t{ID}\t1\n")
    assert ibid("eval", "run", folder, "-c", "Shelf", "-c", "Loft").code == 0


@pytest.mark.parametrize(
    ("options", "code"), [(("--a", "fast"), 1), (("--split", "dev"), 1), (("--half", "third"), 2)]
)
def test_what_cannot_be_measured_is_told_in_a_line(
    shelf: Api, ibid: Run, folder: Path, options: tuple[str, str], code: int
) -> None:
    ended = ibid("eval", "run", folder, "-c", "Shelf", *options)
    assert (ended.code, ended.err.count("\n")) == (code, 1)


def test_loading_sends_what_is_missing(shelf: Api, ibid: Run, folder: Path) -> None:
    lines = ('{"_id": "a.txt", "text": "a"}', '{"_id": "b.txt", "title": "B", "text": "b"}')
    (folder / "corpus.jsonl").write_text("\n".join(lines))
    ended = ibid("eval", "load", folder, "-c", "Shelf")
    assert ended.out == "1 uploaded, 1 there already, in the collection “Shelf”\n"
    assert [name for name, _ in shelf.uploads] == ["b.txt"]
