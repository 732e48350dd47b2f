"""Candidates of both sides, fused in the database, grouped, and read through row-level security."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from pgvector import HalfVector
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from libs.embedding import Model
from libs.postgres.pool import Connection
from libs.postgres.statements import load
from libs.search.dimensions import of_dimension
from libs.search.explaining import Explainer
from libs.search.grouping import Candidate, Group, apart, group
from libs.search.highlight import Highlighter
from libs.search.lexical import Candidates, Words
from libs.search.model import Hit, Place, Query, Sort

_SQL = load("libs.search")

type Passages = Mapping[bytes, TupleRow]
"""Rows of ``read_passages`` by the passage's id."""

type Parameters = Mapping[str, object]

_FEW_DOCUMENTS = 10
"""Fewer than on a page."""


def parameters(query: Query, model: Model, words: Words, vector: HalfVector | None) -> Parameters:
    """Return what the statements ``ranked_…`` and ``semantic_…`` take."""
    is_semantic = query.mode == "semantic" and not words.are_listed
    lexical = Candidates() if is_semantic else words.candidates
    words_idf, unknown_words = words.weigh()
    return {
        "lexical_ids": lexical.ids,
        "lexical_scores": lexical.scores,
        "lexical_documents": lexical.documents,
        "lexical_signatures": lexical.signatures,
        "qv": None if is_semantic else words.weights,
        "words_idf": words_idf,
        "unknown_words": unknown_words,
        "semantic_ids": None,
        "semantic_scores": None,
        "model": model.name,
        "vector": vector,
        "depth": query.depth,
        "collections": query.listed_collections,
        "documents": words.documents,
        "remaining": None if words.remaining is None else Jsonb(words.remaining),
    }


@dataclass(frozen=True, slots=True)
class Ranking:
    """``groups`` are all hits of a query, in its order, of these ``documents``.

    ``is_cut`` tells that there may be more passages than were looked at.
    """

    groups: list[Group]
    documents: frozenset[bytes]
    is_cut: bool


async def rank(connection: Connection, query: Query, model: Model, given: Parameters) -> Ranking:
    """Return the hits of the query.

    Where one document has all of them, or there was nothing to rank by, nothing is grouped.
    """
    # in binary the rows are half as long, and reading them takes less
    cursor = connection.cursor(binary=True)
    statement = "ranked" if given["remaining"] is None else "ranked_filtered"
    await cursor.execute(of_dimension(statement, model.dimension), given)
    candidates = list(map(Candidate._make, await cursor.fetchall()))
    is_listed = given["qv"] is None and given["vector"] is None
    documents = frozenset(one.document_id for one in candidates)
    is_grouped = query.group and not is_listed and len(documents) > 1
    groups = _ORDERS[query.sort](group(candidates) if is_grouped else apart(candidates))
    return Ranking(groups, documents, is_cut=not is_listed and len(candidates) >= query.depth)


async def hides_documents(
    connection: Connection, query: Query, ranking: Ranking, given: Parameters
) -> bool:
    """Whether a few documents have all candidates, and there are others that may match."""
    if not query.group or not ranking.is_cut or len(ranking.documents) >= _FEW_DOCUMENTS:
        return False
    found = _written([one.hex() for one in ranking.documents])
    cursor = await connection.execute(_SQL["other_documents"], {**given, "found": found})
    return (await cursor.fetchone()) == (True,)


def _by_age(newest_first: bool) -> Callable[[list[Group]], list[Group]]:
    # a document's id begins with the time of its upload, as UUIDv7 has it
    return lambda groups: sorted(groups, key=lambda one: one.best.document_id, reverse=newest_first)


_ORDERS: Mapping[Sort, Callable[[list[Group]], list[Group]]] = {
    "relevance": lambda groups: groups,
    "newest": _by_age(newest_first=True),
    "oldest": _by_age(newest_first=False),
}


async def read(connection: Connection, groups: Sequence[Group]) -> Passages:
    """Return the passages of these hits, each as far as it is shown."""
    hits = [one.best.passage_id.hex() for one in groups]
    members = [member.passage_id.hex() for one in groups for member in one.further]
    given = {"hits": _written(hits), "passages": _written([*hits, *members])}
    cursor = connection.cursor(binary=True)
    await cursor.execute(_SQL["read_passages"], given)
    return {row[0].bytes: row for row in await cursor.fetchall()}


def _written(items: Sequence[str]) -> str:
    """A list as PostgreSQL reads it: that of objects takes psycopg several times longer."""
    return f"{{{','.join(items)}}}"


async def count_facets(
    connection: Connection, names: Sequence[str], groups: Sequence[Group]
) -> dict[str, dict[str, int]]:
    """Return how many of the hits have each value, for each name."""
    facets: dict[str, dict[str, int]] = {name: {} for name in names}
    if not names:
        return facets
    cursor = await connection.execute(
        _SQL["facets"],
        {
            "facets": list(facets),
            "documents": [UUID(bytes=one.best.document_id) for one in groups],
        },
    )
    for name, value, hits in await cursor.fetchall():
        facets[name][value] = hits
    return facets


@dataclass(frozen=True, slots=True)
class Presenter:
    """Makes hits of ranked groups and what was read of them."""

    passages: Passages
    highlighter: Highlighter
    explainer: Explainer | None
    are_listed: bool = False

    def hits(self, groups: Sequence[Group]) -> tuple[Hit, ...]:
        return tuple(self._hit(one) for one in groups if one.best.passage_id in self.passages)

    def _hit(self, found: Group) -> Hit:
        row = self.passages[found.best.passage_id]
        collection_id, title, metadata, media_type, language = row[2], *row[4:8]
        heading, text = row[11], row[12]
        highlights = self.highlighter.spans(text)
        semantic = found.best.semantic
        return Hit(
            place=self._place(found.best),
            collection_id=collection_id,
            metadata=metadata,
            media_type=media_type,
            language=language,
            heading=heading,
            text=text,
            highlights=highlights,
            lexical=None if self.are_listed else found.best.lexical,
            semantic=semantic,
            others=self._places(found.others),
            duplicates=self._places(found.duplicates),
            why=None
            if self.explainer is None
            else self.explainer.why(text, highlights, title, semantic),
        )

    def _places(self, found: Sequence[Candidate]) -> tuple[Place, ...]:
        return tuple(self._place(one) for one in found if one.passage_id in self.passages)

    def _place(self, found: Candidate) -> Place:
        row = self.passages[found.passage_id]
        return Place(
            document_id=row[1],
            version=row[3],
            title=row[4],
            passage_id=row[0],
            page=row[8],
            start=row[9],
            end=row[10],
            score=found.score,
        )
