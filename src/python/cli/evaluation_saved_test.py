from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from cli.conftest import FOUND, ID, Api, Run, a_collection, a_document
from ibid_contract import Document, DocumentText, EvaluatedSide, Evaluation, Judgement, Origin, Page

_OTHER, _GONE = UUID(int=8), UUID(int=9)
_NOW = datetime(2026, 1, 2, tzinfo=UTC)
_GOOD, _BAD = 1, 0


class JudgedApi(Api):
    """Has judgements and the documents' texts, too, and remembers the evaluations it is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.collections = [a_collection("Shelf")]
        self.documents = [a_document(), a_document(id=_OTHER, title="B")]
        self.judgements: list[Judgement] = []
        self.evaluations: list[Any] = []
        self.evaluated: list[Any] = []

    def judge(
        self, query: str, document_id: UUID, relevance: int, origin: Origin = Origin.THUMB
    ) -> None:
        number = UUID(int=len(self.judgements))
        self.judgements.append(
            Judgement(number, query, document_id, relevance, origin, None, None, _NOW)
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        match request.method, request.url.path.split("/")[2:]:
            case "GET", ["judgements"]:
                return _json(Page(self.judgements))
            case "GET", ["documents", document_id, *rest] if rest in ([], ["text"]):
                return self._document(UUID(document_id), is_text=bool(rest))
            case "POST", ["evaluations"]:
                self.evaluations.append(msgspec.json.decode(request.content))
                return _json(_evaluation())
            case "POST", ["evaluations", _, "queries"]:
                self.evaluated += msgspec.json.decode(request.content)["queries"]
                return _json(_evaluation())
        return super()._answer(request)

    def _document(self, document_id: UUID, *, is_text: bool) -> httpx.Response:
        known: dict[UUID, Document] = {one.id: one for one in self.documents or []}
        if document_id not in known:
            return httpx.Response(404, json={"type": "/problems/not-found", "title": "Not found"})
        found = known[document_id]
        text = f"all of {found.title}"
        return _json(DocumentText(1, 0, len(text), len(text), text, []) if is_text else found)


def _json(value: object) -> httpx.Response:
    return httpx.Response(200, content=msgspec.json.encode(value))


def _evaluation() -> Evaluation:
    return Evaluation(ID, "judged (test)", EvaluatedSide("hybrid", {}), None, {}, 0, _NOW)


@pytest.fixture
def api() -> JudgedApi:
    return JudgedApi()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "judged"


def _qrels(folder: Path) -> list[str]:
    return (folder / "qrels.tsv").read_text("utf-8").splitlines()[1:]


def _lines(path: Path) -> list[Any]:
    return [msgspec.json.decode(line) for line in path.read_text("utf-8").splitlines()]


def test_the_last_thumb_beats_a_click(api: JudgedApi, ibid: Run, folder: Path) -> None:
    api.judge("what is a", ID, _GOOD)
    api.judge("what  is a ", ID, _BAD)
    api.judge("what is a", ID, _GOOD, Origin.CLICK)
    api.judge("what is a", _OTHER, _GOOD, Origin.CLICK)
    done = msgspec.json.decode(ibid("eval", "export", folder, "--json").out)
    assert done == {"queries": 1, "judgements": 2, "documents": 2}
    assert sorted(_qrels(folder)) == [f"q1\t{ID}\t0", f"q1\t{_OTHER}\t1"]
    assert _lines(folder / "queries.jsonl") == [{"_id": "q1", "text": "what is a"}]
    assert _lines(folder / "corpus.jsonl") == [
        {"_id": str(ID), "title": "A", "text": "all of A"},
        {"_id": str(_OTHER), "title": "B", "text": "all of B"},
    ]


def test_a_document_that_was_deleted_meanwhile_is_left_out_with_its_query(
    api: JudgedApi, ibid: Run, folder: Path
) -> None:
    api.judge("what is gone", _GONE, _GOOD)
    api.judge("what is a", ID, _GOOD)
    done = msgspec.json.decode(ibid("eval", "export", folder, "--json").out)
    assert done == {"queries": 1, "judgements": 1, "documents": 1}
    assert _qrels(folder) == [f"q1\t{ID}\t1"]
    assert _lines(folder / "queries.jsonl") == [{"_id": "q1", "text": "what is a"}]


def test_what_is_exported_can_be_measured(api: JudgedApi, ibid: Run, folder: Path) -> None:
    api.judge("what is a", ID, _GOOD, Origin.CLICK)
    api.judge("what is b", _OTHER, _GOOD)
    api.search = FOUND
    assert ibid("eval", "export", folder).code == 0
    ended = ibid("eval", "run", folder, "-c", "Shelf")
    assert ended.code == 0, ended.err
    assert "2 queries of judged (test), in “Shelf”" in ended.out
    assert "nDCG@10     0.5000" in ended.out


def test_a_collection_s_judgements_are_exported_alone(
    api: JudgedApi, ibid: Run, folder: Path
) -> None:
    shelf, loft = api.collections = [a_collection("Shelf"), a_collection("Loft")]
    api.documents = [
        a_document(collection_id=shelf.id),
        a_document(id=_OTHER, collection_id=loft.id),
    ]
    api.judge("what is a", ID, _GOOD)
    api.judge("what is it", _OTHER, _GOOD)
    api.judge("what is it", ID, _BAD)
    assert ibid("eval", "export", folder, "--collection", "Loft").code == 0
    assert _qrels(folder) == [f"q1\t{_OTHER}\t1"]
    assert _lines(folder / "queries.jsonl") == [{"_id": "q1", "text": "what is it"}]
    both = folder.with_name("both")
    assert ibid("eval", "export", both, "-c", "Loft", "-c", "Shelf").code == 0
    assert len(_qrels(both)) == 3


def test_a_collection_in_which_nothing_is_judged_is_told(
    api: JudgedApi, ibid: Run, folder: Path
) -> None:
    api.collections = [a_collection("Shelf"), a_collection("Loft")]
    api.documents = [a_document(collection_id=api.collections[0].id)]
    api.judge("what is a", ID, _GOOD)
    ended = ibid("eval", "export", folder, "--collection", "Loft")
    assert (ended.code, ended.err) == (1, "ibid: nobody has judged anything in “Loft” yet\n")
    assert not folder.exists()
    assert ibid("eval", "export", folder, "--collection", "Attic").code == 1


def test_thumbs_down_alone_are_exported_but_measure_nothing(
    api: JudgedApi, ibid: Run, folder: Path
) -> None:
    api.judge("what is a", ID, _BAD)
    assert ibid("eval", "export", folder).code == 0
    assert _qrels(folder) == [f"q1\t{ID}\t0"]
    ended = ibid("eval", "run", folder, "-c", "Shelf")
    assert (ended.code, ended.err.count("\n")) == (1, 1)
    assert "qrels.tsv:2: up to here no document answers a query" in ended.err


def test_nothing_is_written_before_somebody_judged(ibid: Run, folder: Path) -> None:
    ended = ibid("eval", "export", folder)
    assert (ended.code, ended.err) == (1, "ibid: nobody has judged anything yet\n")
    assert not folder.exists()


def test_a_folder_that_holds_something_is_left_alone(
    api: JudgedApi, ibid: Run, folder: Path
) -> None:
    api.judge("what is a", ID, _GOOD)
    folder.mkdir()
    (folder / "qrels.tsv").write_text("mine")
    ended = ibid("eval", "export", folder)
    assert ended.code == 2
    assert "is there already, and not empty" in ended.err
    assert [path.read_text() for path in folder.iterdir()] == ["mine"]


def test_a_measurement_is_kept_with_what_each_side_returned(
    api: JudgedApi, ibid: Run, judged: tuple[object, ...]
) -> None:
    _, folder, *collection = judged
    api.answer_search = lambda request: FOUND if request.get("mode") == "lexical" else api.search
    sides = ("--a", "hybrid", "--b", "lexical")
    ended = ibid("eval", "run", folder, *collection, *sides, "--save")
    assert ended.code == 0, ended.err
    [kept] = api.evaluations
    assert kept["name"].endswith(" (test)")
    assert (kept["a"]["configuration"], kept["b"]["configuration"]) == ("hybrid", "lexical")
    assert kept["b"]["measures"]["nDCG@10"]["mean"] == 1.0
    assert kept["difference"]["nDCG@10"]["mean"] == -1.0
    [shelf] = kept["collections"]
    assert (shelf["collection_id"], shelf["queries"]) == (str(api.collections[0].id), 1)
    assert [shelf[part] for part in ("a", "b", "difference")] == [
        kept["a"]["measures"],
        kept["b"]["measures"],
        kept["difference"],
    ]
    [query] = api.evaluated
    assert (query["id"], query["text"], query["margin"]) == ("q1", "what is a", -1.0)
    assert query["documents"] == [
        {"document_id": str(ID), "relevance": 1, "rank_a": None, "rank_b": 1}
    ]


def test_what_is_not_to_be_kept_is_not_sent(
    api: JudgedApi, ibid: Run, judged: tuple[object, ...]
) -> None:
    _, folder, *collection = judged
    assert ibid("eval", "run", folder, *collection).code == 0
    assert (api.evaluations, api.evaluated) == ([], [])
