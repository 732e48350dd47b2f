"""nDCG@10, Recall@100 and MRR of every mode through the API, beside what others reach.

The judged sets are folders in BEIR's layout below the folder of ``--data``; those that are missing
are left out. RRF is computed from our own lexical and semantic rankings (Cormack, Clarke &
Buettcher, SIGIR 2009, k = 60); bm25s runs where its package is installed, Chroma and txtai where
``bench.peers`` finds them.
"""

import asyncio
import importlib
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from uuid import UUID

from bench import peers
from bench.system import System
from ibid_client import AsyncClient
from ibid_contract import SearchMode, SearchRequest
from libs.analysis.languages import STEMMERS
from libs.embedding import DEFAULT_MODEL, Embedder, Model, Registry
from libs.evaluation.intervals import estimate, estimate_difference
from libs.evaluation.judged import (
    Choice,
    Half,
    JudgedDocument,
    JudgedQuery,
    read_documents,
    read_queries,
)
from libs.evaluation.loading import await_jobs, upload_all
from libs.evaluation.measures import DEPTH, Measure, Values, measure
from libs.evaluation.rankings import rank_all

_RRF_K = 60

_WITHOUT_SPACES = ("ja", "th", "zh")

type Rankings = dict[str, list[str]]
"""Documents by the set's ids, best first, for each query."""


@dataclass(frozen=True)
class JudgedSet:
    folder: str
    choice: Choice
    documents_lang: str | None = None
    lang: str = "en"
    """Of the documents, where that is not what they are chosen by."""

    @property
    def spoken(self) -> str:
        """The language of the documents."""
        return self.documents_lang or self.lang

    @property
    def asked(self) -> str:
        """The language of the queries."""
        return self.choice.lang or self.spoken

    def read_queries(self, folder: Path) -> list[JudgedQuery]:
        """Return the queries, each with the documents of the language that is searched.

        XQuAD's paragraphs are the same in all languages, ``de-017`` as ``en-017``.
        """
        queries = read_queries(folder, self.choice)
        if self.asked == self.spoken:
            return queries
        return [replace(query, relevance=self._translated(query.relevance)) for query in queries]

    def _translated(self, relevance: Mapping[str, int]) -> dict[str, int]:
        return {
            f"{self.spoken}-{document.partition('-')[2]}": grade
            for document, grade in relevance.items()
        }


TEST = (
    JudgedSet("scifact", Choice()),
    JudgedSet("xquad", Choice(lang="en"), "en"),
)
_XQUAD = ("en", "es", "de", "zh", "ar", "ru", "el", "hi", "ro", "th", "tr", "vi")
MULTILINGUAL = (
    *(JudgedSet("xquad", Choice(lang=lang), lang) for lang in _XQUAD),
    JudgedSet("jaquad", Choice(), None, "ja"),
)
"""For a model that reads them all, such as multilingual-e5-small."""

CROSSLINGUAL = tuple(JudgedSet("xquad", Choice(lang=lang), "en") for lang in _XQUAD if lang != "en")
"""Questions in eleven languages to English documents."""

TUNING = (
    JudgedSet("scifact", Choice("train")),
    JudgedSet("xquad", Choice(lang="en", half=Half.ODD), "en"),
)
TUNING_CROSSLINGUAL = tuple(
    JudgedSet("xquad", Choice(lang=one.asked, half=Half.ODD), "en") for one in CROSSLINGUAL
)


def run(system: System, data: Path, judged_sets: Sequence[JudgedSet] = TEST) -> None:
    """Print every set's figures; hybrid is what the others are compared with."""
    with TemporaryDirectory() as cache:
        embedder = Embedder.load(named_model(), Path(cache), inter_threads=2)
        for judged_set in judged_sets:
            folder = data / judged_set.folder
            if not folder.is_dir():
                print(f"{folder} is not there: left out")
                continue
            _measure(system, embedder, folder, judged_set)


def named_model() -> Model:
    """The model that ``IBID_EMBEDDING_MODEL`` names, or the default."""
    models = os.environ.get("IBID_MODEL_FOLDER")
    registry = Registry.read(Path(models) if models else None)
    return registry.find(os.environ.get("IBID_EMBEDDING_MODEL", DEFAULT_MODEL.name))


def _measure(system: System, embedder: Embedder, folder: Path, judged_set: JudgedSet) -> None:
    lang = judged_set.documents_lang
    name = f"{folder.name} {judged_set.asked} {judged_set.spoken}"
    queries = judged_set.read_queries(folder)
    documents = list(read_documents(folder, lang))
    rankings = asyncio.run(_ask(system, name, documents, queries))
    rankings["RRF of both"] = _fused(rankings["lexical"], rankings["semantic"])
    peer = _bm25s(folder, lang, judged_set.spoken, queries)
    if peer is not None:
        rankings["bm25s"] = peer
    rankings |= peers.rank(embedder, documents, queries)
    told = f"{judged_set.choice}; documents: {judged_set.spoken}"
    print(f"-- {folder.name} ({told}): {len(queries)} queries", flush=True)
    relevance = {query.id: query.relevance for query in queries}
    _print({who: measure(relevance, found) for who, found in rankings.items()})


async def load(client: AsyncClient, name: str, documents: Sequence[JudgedDocument]) -> UUID:
    """Upload documents to a collection of their own, wait until they are found, return its id."""
    collection = await client.create_collection(name)
    await upload_all(client, collection.id, documents, lambda: None)
    await await_jobs(client, collection.id)
    return collection.id


async def _ask(
    system: System, name: str, documents: Sequence[JudgedDocument], queries: Sequence[JudgedQuery]
) -> dict[str, Rankings]:
    """Load the documents, and rank them for each query in every mode."""
    async with AsyncClient(system.config.api_url, system.api_key) as client:
        collection_id = await load(client, name, documents)
        known: dict[UUID, str] = {}
        async for document in client.documents(collection_id, limit=200):
            known[document.id] = document.external_id or ""
        rankings: dict[str, Rankings] = {}
        for mode in SearchMode:

            def request(query: str, mode: SearchMode = mode) -> SearchRequest:
                return SearchRequest(query=query, collections=[collection_id], mode=mode)

            found = await rank_all(client, queries, request)
            rankings[mode.value] = {
                query: [known[one] for one in ranking.documents] for query, ranking in found.items()
            }
    return rankings


def _fused(*sides: Rankings) -> Rankings:
    fused: Rankings = {}
    for query in sides[0]:
        scores: dict[str, float] = defaultdict(float)
        for side in sides:
            for rank, document in enumerate(side[query], start=1):
                scores[document] += 1 / (_RRF_K + rank)
        fused[query] = sorted(scores, key=lambda document: -scores[document])[:DEPTH]
    return fused


def _bm25s(
    folder: Path, lang: str | None, spoken: str, queries: Sequence[JudgedQuery]
) -> Rankings | None:
    """BM25 in Python over title and text, with a stemmer of the language; None without it.

    Where no spaces part the words, over each two neighbouring characters.
    """
    try:
        bm25s: ModuleType = importlib.import_module("bm25s")
    except ImportError:
        print("bm25s is not installed: left out")
        return None
    documents = list(read_documents(folder, lang))
    texts = [f"{document.title} {document.text}" for document in documents]
    questions = [query.text for query in queries]
    stemmer = None
    if spoken in STEMMERS:
        stemmer = importlib.import_module("Stemmer").Stemmer(STEMMERS[spoken])
    elif spoken in _WITHOUT_SPACES:
        texts, questions = list(map(_bigrams, texts)), list(map(_bigrams, questions))
    stop_words = "en" if spoken == "en" else []
    options = {"stopwords": stop_words, "stemmer": stemmer, "show_progress": False}
    index = bm25s.BM25(k1=1.2, b=0.75)
    index.index(bm25s.tokenize(texts, **options), show_progress=False)
    asked = bm25s.tokenize(questions, **options)
    places, _ = index.retrieve(asked, k=min(DEPTH, len(documents)), show_progress=False)
    return {
        query.id: [documents[place].id for place in row]
        for query, row in zip(queries, places, strict=True)
    }


def _bigrams(text: str) -> str:
    plain = "".join(text.lower().split())
    return " ".join(plain[at : at + 2] for at in range(len(plain) - 1))


def _print(values: Mapping[str, Mapping[str, Values]]) -> None:
    heads = "".join(f"{name:24s}" for name in Measure)
    print(f"{'':14s}{heads}hybrid's lead in nDCG@10")
    ours = _column(values["hybrid"], Measure.NDCG)
    for who, by_query in values.items():
        cells = ""
        for name in Measure:
            one = estimate(_column(by_query, name))
            cells += f"{one.mean:.4f} [{one.low:.3f}, {one.high:.3f}]  "
        lead = estimate_difference(ours, _column(by_query, Measure.NDCG))
        told = "" if who == "hybrid" else f"{lead.mean:+.4f} [{lead.low:+.3f}, {lead.high:+.3f}]"
        print(f"{who:14s}{cells}{told}".rstrip(), flush=True)


def _column(values: Mapping[str, Values], name: Measure) -> list[float]:
    return [one[name] for one in values.values()]
