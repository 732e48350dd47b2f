import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from libs.evaluation.judged import Choice, Half, read_documents, read_queries
from libs.evaluation.lines import BadJudgedSet

type Write = Callable[..., Path]

_CORPUS = """{"_id": "d1", "title": "One", "text": "first", "lang": "en"}
{"_id": "d2", "text": "second", "lang": "de", "metadata": {"year": 2024}}
"""
_QUERIES = """{"_id": "q1", "text": "a", "lang": "en"}
{"_id": "q2", "text": "b", "lang": "de"}
{"_id": "q3", "text": "c", "lang": "en"}
"""
_QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t2\nq2\td1\t0\nq3\td1\t1\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def made(corpus: str = _CORPUS, queries: str = _QUERIES, qrels: str = _QRELS) -> Path:
        for name, text in (
            ("corpus.jsonl", corpus),
            ("queries.jsonl", queries),
            ("qrels.tsv", qrels),
        ):
            (tmp_path / name).write_text(text, "utf-8")
        return tmp_path

    return made


def test_queries_come_with_what_answers_them(write: Write) -> None:
    queries = read_queries(write(), Choice())
    assert [(query.id, query.text, dict(query.relevance)) for query in queries] == [
        ("q1", "a", {"d1": 1}),
        ("q2", "b", {"d2": 2, "d1": 0}),
        ("q3", "c", {"d1": 1}),
    ]
    assert queries[1].judged_at["d1"].number == 4


def test_documents_come_in_their_order_and_by_language(write: Write) -> None:
    folder = write()
    assert [document.id for document in read_documents(folder)] == ["d1", "d2"]
    [german] = read_documents(folder, "de")
    assert (german.title, german.metadata) == ("", {"year": 2024})


def test_gzipped_files_are_read_as_well(write: Write) -> None:
    folder = write()
    for path in list(folder.iterdir()):
        (folder / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    assert len(read_queries(folder, Choice())) == 3


def test_a_language_and_a_half_choose_queries(write: Write) -> None:
    folder = write()

    def ids(choice: Choice) -> list[str]:
        return [query.id for query in read_queries(folder, choice)]

    assert ids(Choice(lang="en")) == ["q1", "q3"]
    assert ids(Choice(half=Half.ODD)) == ["q1", "q3"]
    assert ids(Choice(half=Half.EVEN)) == ["q2"]
    assert ids(Choice(lang="en", half=Half.EVEN)) == ["q3"]


@pytest.mark.parametrize("name", ["qrels-train.tsv", "qrels/train.tsv"])
def test_a_split_has_judgements_of_its_own(write: Write, name: str) -> None:
    folder = write()
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("q2\td2\t1\n")
    assert [query.id for query in read_queries(folder, Choice("train"))] == ["q2"]


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (
            {"corpus": '{"_id": "d1", "text": "x"}\n'},
            "qrels.tsv:3: corpus.jsonl has no document “d2”",
        ),
        (
            {"corpus": _CORPUS + '{"_id": "d1", "text": "x"}'},
            "corpus.jsonl:3: “d1” is there already",
        ),
        ({"corpus": "{"}, "corpus.jsonl:1: Input data was truncated"),
        ({"corpus": "[" * 100_000}, "corpus.jsonl:1: "),
        ({"queries": '{"_id": "q1"}'}, "queries.jsonl:1: Object missing required field `text`"),
        ({"queries": '{"_id": " ", "text": "a"}'}, "queries.jsonl:1: “_id” and “text” must"),
        ({"queries": _QUERIES + '{"_id": "q2", "text": "x"}'}, "queries.jsonl:4: “q2” is there"),
        ({"qrels": "q1\td1\t1\nq9\td1\t1\n"}, "qrels.tsv:2: there is no query “q9”"),
        ({"qrels": "q1\td1\t1\nq1 d1 1\n"}, "qrels.tsv:2: 1 fields where query-id"),
        ({"qrels": "q1\td1\tmuch\n"}, "qrels.tsv:1: the score “much” is no whole number"),
        ({"qrels": "q1\td1\t1\nq1\td1\t0\n"}, "qrels.tsv:2: “q1” and “d1” are judged already"),
        ({"qrels": ""}, "qrels.tsv:1: up to here there are no judgements"),
        (
            {"qrels": "query-id\tcorpus-id\tscore\n\n"},
            "qrels.tsv:1: up to here there are no judgements",
        ),
        (
            {"qrels": "q2\td1\t0\nq1\td1\t0\nq2\td2\t0\n"},
            "qrels.tsv:3: up to here no document answers a query (test)",
        ),
    ],
    ids=str,
)
def test_what_is_broken_is_told_with_its_place(
    write: Write, broken: dict[str, str], told: str
) -> None:
    with pytest.raises(BadJudgedSet) as raised:
        read_queries(write(**broken), Choice())
    assert told in raised.value.message


def test_bytes_that_are_no_text_are_told_with_their_line(write: Write) -> None:
    folder = write()
    (folder / "queries.jsonl").write_bytes(b'{"_id": "q1", "text": "a"}\n\xff\n')
    with pytest.raises(BadJudgedSet, match=r"queries\.jsonl:2: this is no UTF-8"):
        read_queries(folder, Choice())


def test_a_broken_gzip_is_told(write: Write) -> None:
    folder = write()
    (folder / "queries.jsonl").unlink()
    (folder / "queries.jsonl.gz").write_bytes(b"no gzip")
    with pytest.raises(BadJudgedSet, match=r"queries\.jsonl\.gz:1: cannot be read"):
        read_queries(folder, Choice())


@pytest.mark.parametrize("name", ["queries.jsonl", "qrels.tsv"])
def test_a_file_that_is_missing_is_named(write: Write, name: str) -> None:
    folder = write()
    (folder / name).unlink()
    with pytest.raises(BadJudgedSet, match=name):
        read_queries(folder, Choice())


def test_a_folder_or_split_that_is_not_there_is_told(write: Write, tmp_path: Path) -> None:
    with pytest.raises(BadJudgedSet, match="is no folder"):
        read_queries(tmp_path / "nowhere", Choice())
    with pytest.raises(BadJudgedSet, match=r"has no qrels-dev\.tsv or qrels/dev\.tsv"):
        read_queries(write(), Choice("dev"))
    with pytest.raises(BadJudgedSet, match="no name of a split"):
        read_queries(write(), Choice("../test"))
