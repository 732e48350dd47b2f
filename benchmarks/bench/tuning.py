"""What the parameters of the ranking were chosen by, without a database.

Each variant ranks the training queries of SciFact and every second English question of XQuAD as
the database would, with numpy: BM25 over passages and cosines of their embeddings, the best hundred
of each side, both scores scaled over the union, documents by their best passage.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from bench.quality import TUNING, JudgedSet
from libs.analysis import words
from libs.analysis.lexemes import lexemes
from libs.embedding import DEFAULT_MODEL, Embedder, embed_passages
from libs.evaluation.judged import JudgedQuery, read_documents, read_queries
from libs.evaluation.measures import Measure, measure
from libs.search.model import DEPTH
from libs.splitting import Markup, PageSpan, TokenLimit, split

type Vector = NDArray[np.float32]
type Fuse = Callable[[Vector, Vector], Vector]


@dataclass(frozen=True)
class Passages:
    """Of a judged set, with the number of the document of each."""

    name: str
    ids: list[str]
    document: NDArray[np.int64]
    bodies: list[Counter[str]]
    titles: list[Counter[str]]
    plain: Vector
    titled: Vector
    queries: Sequence[JudgedQuery]
    asked: Vector


class Bm25:
    """k1 and b as ``passage_weights`` has them; the constant k1 + 1 is left out."""

    def __init__(self, passages: Sequence[Counter[str]], k1: float, b: float) -> None:
        self._postings: dict[str, list[tuple[int, float]]] = {}
        lengths = np.array([sum(one.values()) for one in passages], np.float32)
        norms = k1 * (1 - b + b * lengths / lengths.mean())
        for number, counts in enumerate(passages):
            for lexeme, tf in counts.items():
                self._postings.setdefault(lexeme, []).append((number, tf / (tf + norms[number])))
        self._size = len(passages)

    def scores(self, asked: Iterable[str]) -> Vector:
        found = np.zeros(self._size, np.float32)
        for lexeme in set(asked):
            postings = self._postings.get(lexeme, [])
            df = len(postings)
            idf = math.log(1 + (self._size - df + 0.5) / (df + 0.5))
            for number, weight in postings:
                found[number] += idf * weight
        return found


def run(data: Path) -> None:
    with TemporaryDirectory() as folder:
        embedder = Embedder.load(DEFAULT_MODEL, Path(folder), inter_threads=2)
    for judged_set in TUNING:
        passages = _read(embedder, data / judged_set.folder, judged_set)
        titled = [body + title for body, title in _pairs(passages)]
        before = Bm25(passages.bodies, 1.2, 0.75)
        after = Bm25(titled, 0.9, 0.4)
        for what, bm25, embeddings, fuse in (
            ("text alone, k1 1.2, b 0.75, min-max", before, passages.plain, _min_max),
            ("k1 0.9, b 0.4", Bm25(passages.bodies, 0.9, 0.4), passages.plain, _min_max),
            ("and the title among the words", after, passages.plain, _min_max),
            ("and the title before what is embedded", after, passages.titled, _min_max),
            ("z-scores in place of min-max", after, passages.titled, _z_scores),
        ):
            print(
                f"{judged_set.folder:8s} {what:40s} {_ndcg(passages, bm25, embeddings, fuse):.4f}",
                flush=True,
            )
        for weight in (0.1, 0.2, 0.3, 0.5):
            found = _ndcg(passages, after, passages.titled, _min_max, feedback=weight)
            print(
                f"{judged_set.folder:8s} {f'and feedback of {weight}':40s} {found:.4f}", flush=True
            )


def _read(embedder: Embedder, folder: Path, judged_set: JudgedSet) -> Passages:
    documents = list(read_documents(folder, judged_set.documents_lang))
    limit = TokenLimit(embedder.tokenizer, DEFAULT_MODEL.max_tokens)
    texts, numbers = [], []
    for number, document in enumerate(documents):
        whole = [PageSpan(1, 0, len(document.text))]
        for span in split(document.text, whole, Markup.PLAIN, limit):
            texts.append(document.text[span.start : span.end])
            numbers.append(number)
    queries = read_queries(folder, judged_set.choice)
    return Passages(
        name=judged_set.folder,
        ids=[document.id for document in documents],
        document=np.array(numbers),
        bodies=[_counted(text) for text in texts],
        titles=[_counted(document.title) for document in documents],
        plain=embedder.embed_passages(texts),
        titled=embed_passages(
            embedder,
            [(text, documents[at].title, None) for text, at in zip(texts, numbers, strict=True)],
        ),
        queries=queries,
        asked=np.stack([embedder.embed_query(query.text) for query in queries]),
    )


def _pairs(passages: Passages) -> Iterable[tuple[Counter[str], Counter[str]]]:
    for body, number in zip(passages.bodies, passages.document, strict=True):
        yield body, passages.titles[number]


def _counted(text: str) -> Counter[str]:
    return Counter({one: len(places) for one, places in lexemes(words(text), "en").items()})


def _ndcg(
    passages: Passages, bm25: Bm25, embeddings: Vector, fuse: Fuse, feedback: float = 0
) -> float:
    rankings = {}
    for query, vector in zip(passages.queries, passages.asked, strict=True):
        lexical = bm25.scores(_counted(query.text))
        semantic = embeddings @ vector
        found = np.union1d(_best(lexical), _best(semantic))
        scores = fuse(lexical[found], semantic[found])
        if feedback:
            two = embeddings[found[np.argsort(-scores)[:2]]].mean(axis=0)
            scores = fuse(lexical[found], semantic[found] + feedback * (embeddings[found] @ two))
        ranked = passages.document[found[np.argsort(-scores, kind="stable")]]
        rankings[query.id] = [passages.ids[one] for one in dict.fromkeys(ranked.tolist())][:DEPTH]
    relevance = {query.id: query.relevance for query in passages.queries}
    values = measure(relevance, rankings).values()
    return float(np.mean([one[Measure.NDCG] for one in values]))


def _best(scores: Vector) -> NDArray[np.int64]:
    best = np.argsort(-scores, kind="stable")[:DEPTH]
    return best[scores[best] > 0]


def _min_max(lexical: Vector, semantic: Vector) -> Vector:
    floor = max(float(semantic.max()), 0.5)
    near = (semantic - semantic.min()) / max(floor - float(semantic.min()), 1e-9)
    return 0.4 * _scaled(lexical) + 0.6 * near


def _scaled(scores: Vector) -> Vector:
    return (scores - scores.min()) / max(float(np.ptp(scores)), 1e-9)


def _z_scores(lexical: Vector, semantic: Vector) -> Vector:
    sides = [(one - one.mean()) / (one.std() + 1e-9) for one in (lexical, semantic)]
    return 0.4 * sides[0] + 0.6 * sides[1]
