"""What the parameters of the ranking were chosen by, without a database.

Each variant ranks the training queries of SciFact and every second English question of XQuAD as
the database would, with numpy: BM25 over passages and cosines of their embeddings, the best of each
side, both scores scaled over the union, documents by their best passage. By a model that
``IBID_EMBEDDING_MODEL`` names they are every second question of XQuAD in other languages, to its
English paragraphs.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from bench.quality import TUNING, TUNING_CROSSLINGUAL, JudgedSet, named_model
from libs.analysis import is_stop_word, word_lexemes, words
from libs.analysis.lexemes import lexemes
from libs.embedding import DEFAULT_MODEL, Embedder, embed_passages
from libs.evaluation.judged import JudgedQuery, read_documents
from libs.evaluation.measures import Measure, measure
from libs.search.model import DEPTH
from libs.splitting import Markup, PageSpan, TokenLimit, split

type Vector = NDArray[np.float32]
type Fuse = Callable[[Vector, Vector, float], Vector]
"""Of lexical and semantic scores, and the least range that the former are scaled by."""

_LANGUAGE = "en"
"""Of the documents in all sets here."""


@dataclass(frozen=True)
class Passages:
    """Of a judged set's documents, with the number of the document of each."""

    ids: list[str]
    document: NDArray[np.int64]
    bodies: list[Counter[str]]
    titles: list[Counter[str]]
    plain: Vector
    titled: Vector


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
        self._known: dict[str, Vector] = {}

    def scores(self, text: str) -> Vector:
        if text not in self._known:
            self._known[text] = self._scores(_counted(text))
        return self._known[text]

    def _scores(self, asked: Iterable[str]) -> Vector:
        found = np.zeros(self._size, np.float32)
        for lexeme in set(asked):
            idf = self._idf(lexeme)
            for number, weight in self._postings.get(lexeme, []):
                found[number] += idf * weight
        return found

    def weigh(self, text: str) -> float:
        """What the words of a text weigh together, each by the rarest lexeme that it may be."""
        return sum(
            max(map(self._idf, word_lexemes(word, [_LANGUAGE])), default=0)
            for word in dict.fromkeys(words(text))
            if not is_stop_word(word, [_LANGUAGE])
        )

    def _idf(self, lexeme: str) -> float:
        df = len(self._postings.get(lexeme, []))
        return math.log(1 + (self._size - df + 0.5) / (df + 0.5))


def run(data: Path) -> None:
    model = named_model()
    with TemporaryDirectory() as cache:
        embedder = Embedder.load(model, Path(cache), inter_threads=2)
    known: dict[tuple[str, str | None], Passages] = {}
    for judged_set in TUNING if model == DEFAULT_MODEL else TUNING_CROSSLINGUAL:
        folder = data / judged_set.folder
        documents = (judged_set.folder, judged_set.documents_lang)
        passages = known.get(documents) or _read(embedder, folder, judged_set.documents_lang)
        known[documents] = passages
        queries = judged_set.read_queries(folder)
        asked = np.stack([embedder.embed_query(query.text) for query in queries])
        ndcg = partial(_ndcg, passages, list(zip(queries, asked, strict=True)))
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
            _say(judged_set, what, ndcg(bm25, embeddings, fuse))
        for weight in (0.1, 0.2, 0.3, 0.5):
            found = ndcg(after, passages.titled, _min_max, feedback=weight)
            _say(judged_set, f"and feedback of {weight}", found)
        for share in (0.2, 0.3, 0.4, 0.6):
            found = ndcg(after, passages.titled, _min_max, feedback=0.3, least=share)
            _say(judged_set, f"and words by {share} of the query at least", found)
        _say(judged_set, "the words alone", ndcg(after, passages.titled, _words_alone))
        _say(judged_set, "the embeddings alone", ndcg(after, passages.titled, _no_words))


def _say(judged_set: JudgedSet, what: str, found: float) -> None:
    print(f"{judged_set.folder:8s} {judged_set.asked} {what:42s} {found:.4f}", flush=True)


def _read(embedder: Embedder, folder: Path, lang: str | None) -> Passages:
    documents = list(read_documents(folder, lang))
    limit = TokenLimit(embedder.tokenizer, embedder.model.max_tokens)
    texts, numbers = [], []
    for number, document in enumerate(documents):
        whole = [PageSpan(1, 0, len(document.text))]
        for span in split(document.text, whole, Markup.PLAIN, limit):
            texts.append(document.text[span.start : span.end])
            numbers.append(number)
    return Passages(
        ids=[document.id for document in documents],
        document=np.array(numbers),
        bodies=[_counted(text) for text in texts],
        titles=[_counted(document.title) for document in documents],
        plain=embedder.embed_passages(texts),
        titled=embed_passages(
            embedder,
            [(text, documents[at].title, None) for text, at in zip(texts, numbers, strict=True)],
        ),
    )


def _pairs(passages: Passages) -> Iterable[tuple[Counter[str], Counter[str]]]:
    for body, number in zip(passages.bodies, passages.document, strict=True):
        yield body, passages.titles[number]


def _counted(text: str) -> Counter[str]:
    return Counter({one: len(places) for one, places in lexemes(words(text), _LANGUAGE).items()})


def _ndcg(
    passages: Passages,
    queries: Sequence[tuple[JudgedQuery, Vector]],
    bm25: Bm25,
    embeddings: Vector,
    fuse: Fuse,
    feedback: float = 0,
    least: float = 0,
) -> float:
    """``least`` is the share of the query's weight that lexical scores are scaled by at least."""
    rankings = {}
    for query, vector in queries:
        lexical = bm25.scores(query.text)
        semantic = embeddings @ vector
        found = np.union1d(_best(lexical), _best(semantic))
        range_ = least * bm25.weigh(query.text)
        scores = fuse(lexical[found], semantic[found], range_)
        if feedback:
            two = embeddings[found[np.argsort(-scores)[:2]]].mean(axis=0)
            nearness = semantic[found] + feedback * (embeddings[found] @ two)
            scores = fuse(lexical[found], nearness, range_)
        ranked = passages.document[found[np.argsort(-scores, kind="stable")]]
        rankings[query.id] = [passages.ids[one] for one in dict.fromkeys(ranked.tolist())][:DEPTH]
    relevance = {query.id: query.relevance for query, _ in queries}
    values = measure(relevance, rankings).values()
    return float(np.mean([one[Measure.NDCG] for one in values]))


def _best(scores: Vector) -> NDArray[np.int64]:
    best = np.argsort(-scores, kind="stable")[:DEPTH]
    return best[scores[best] > 0]


def _min_max(lexical: Vector, semantic: Vector, least_range: float) -> Vector:
    floor = max(float(semantic.max()), 0.5)
    near = (semantic - semantic.min()) / max(floor - float(semantic.min()), 1e-9)
    worded = (lexical - lexical.min()) / max(float(np.ptp(lexical)), least_range, 1e-9)
    return 0.4 * worded + 0.6 * near


def _z_scores(lexical: Vector, semantic: Vector, _: float) -> Vector:
    sides = [(one - one.mean()) / (one.std() + 1e-9) for one in (lexical, semantic)]
    return 0.4 * sides[0] + 0.6 * sides[1]


def _words_alone(lexical: Vector, _: Vector, __: float) -> Vector:
    return lexical


def _no_words(_: Vector, semantic: Vector, __: float) -> Vector:
    return semantic
