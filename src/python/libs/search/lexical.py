"""The lexical side of a query: what its words weigh, and the passages that have them."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from psycopg import sql
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from libs import analysis
from libs.analysis import is_stop_word, query_lexemes, word_lexemes
from libs.postgres.pool import Connection
from libs.postgres.statements import load, written_out
from libs.search import matching
from libs.search.languages import QUESTION
from libs.search.model import DEPTH, Filters, Query
from libs.search.query_language import ParsedQuery
from libs.search.spelling import Knows, correct, corrected_text, rare_words, suggest, unknown_words

_SQL = load("libs.search")

_WORDS_AND_LANGUAGES = f"select asked.*, ({QUESTION}) from ({_SQL['lexical']}) asked"

_NO_FILTERS = Filters()

_FEW_PASSAGES = 10


class Candidates(NamedTuple):
    """Passages with their scores, documents and signatures, each list as PostgreSQL writes it.

    Passages that were found by conditions come without the last two.
    """

    ids: str = "{}"
    scores: str | None = None
    documents: str | None = None
    signatures: str | None = None

    @property
    def are_few(self) -> bool:
        return self.ids.count(",") + 1 < _FEW_PASSAGES


@dataclass(frozen=True, slots=True)
class Words:
    """``weights`` are those of the query's words, by which ``candidates`` were found.

    They and ``documents``, which the filters leave, are as PostgreSQL writes them; where those are
    too many to list, ``remaining`` are the filters that passages are still to be held against.
    Without weights there was nothing to rank by, and the candidates are a list. ``rarity`` is the
    idf of each lexeme that passages have; ``text`` is what was looked up, ``corrections`` what was
    mended, and ``suggestions`` what might have been meant by words that are hardly in any document.
    ``are_all`` tells that the query's conditions hold for no other passage, ``are_many`` that they
    do for more than can be looked at one by one.
    """

    languages: Sequence[str]
    text: str
    weights: str | None
    candidates: Candidates
    documents: str | None
    remaining: Mapping[str, object] | None
    rarity: Mapping[str, float]
    are_all: bool
    are_many: bool
    corrections: Mapping[str, str] = field(default_factory=dict)
    suggestions: Mapping[str, str] = field(default_factory=dict)

    @property
    def are_listed(self) -> bool:
        return self.weights is None

    def weigh(self) -> tuple[float, int]:
        """Return the sum of the idf of the words that passages have, and how many have none.

        A word counts by the rarest lexeme that it may be.
        """
        known, unknown = 0.0, 0
        for word in dict.fromkeys(analysis.words(self.text)):
            if is_stop_word(word, self.languages):
                continue
            lexemes = word_lexemes(word, self.languages)
            rarest = max((self.rarity.get(one, 0.0) for one in lexemes), default=None)
            known += rarest or 0.0
            unknown += rarest == 0.0
        return known, unknown


def ask_words(query: Query, parsed: ParsedQuery, languages: Sequence[str]) -> sql.Composed:
    """Return the question for the words of a query without conditions.

    Its row ends with the languages of the searched documents.
    """
    given = _given(query, parsed, query_lexemes(parsed.text, languages))
    same: dict[str, Hashable] = {}
    if query.collections is None and query.filters == _NO_FILTERS and not parsed.fields:
        same = {"depth": _depth(query), "collections": None, "filters": "{}"}
    return written_out(_WORDS_AND_LANGUAGES, given, **same)


async def look_up(
    connection: Connection,
    query: Query,
    parsed: ParsedQuery,
    languages: Sequence[str],
    knows: Knows,
    words: Words | None = None,
) -> Words:
    """Look up the words of a query; those that no document has are corrected where that helps.

    A word that people use (``knows``) stays as it is. Where few passages are found, there may be
    suggestions. ``words`` are what was looked up already, without corrections.
    """
    if words is None:
        words = await _look_up(connection, query, parsed, languages, parsed.text, {})
    if words.are_listed:
        return words
    unknown = unknown_words(parsed.text, languages, words.rarity)
    corrections = await correct(connection, unknown, languages, knows)
    if corrections:
        text = corrected_text(parsed.text, corrections)
        return await _look_up(connection, query, parsed, languages, text, corrections)
    if words.candidates.are_few and parsed.is_plain and query.mode != "semantic":
        rare = rare_words(parsed.text, languages, words.rarity)
        return replace(words, suggestions=await suggest(connection, rare))
    return words


async def weigh(
    connection: Connection, query: Query, lexemes: Sequence[str], languages: Sequence[str]
) -> Words:
    """Look up lexemes that are known, for a query without a text."""
    return await _run(connection, query, ParsedQuery("", ""), lexemes, languages, "", {})


async def _look_up(
    connection: Connection,
    query: Query,
    parsed: ParsedQuery,
    languages: Sequence[str],
    text: str,
    corrections: Mapping[str, str],
) -> Words:
    lexemes = query_lexemes(text, languages)
    return await _run(connection, query, parsed, lexemes, languages, text, corrections)


async def _run(
    connection: Connection,
    query: Query,
    parsed: ParsedQuery,
    lexemes: Sequence[str],
    languages: Sequence[str],
    text: str,
    corrections: Mapping[str, str],
) -> Words:
    given = _given(query, parsed, lexemes)
    statement = "lexical"
    if parsed.is_list or parsed.has_conditions:
        statement = "listed" if parsed.is_list else "matching"
        given |= matching.asked(parsed, languages)
    cursor = await connection.execute(_SQL[statement], given)
    row = await cursor.fetchone()
    assert row is not None
    return read_words(row, text, languages, corrections)


def _given(query: Query, parsed: ParsedQuery, lexemes: Sequence[str]) -> dict[str, object]:
    filters = query.filters.to_json()
    if parsed.fields:
        filters["fields"] = parsed.fields_to_json()
    return {
        "lexemes": list(lexemes),
        "depth": 2 * DEPTH if parsed.is_list else _depth(query),
        "collections": query.listed_collections,
        "filters": Jsonb(filters),
    }


def _depth(query: Query) -> int:
    return 0 if query.mode == "semantic" else query.depth


def read_words(
    row: TupleRow,
    text: str,
    languages: Sequence[str],
    corrections: Mapping[str, str] | None = None,
) -> Words:
    """Return what a row of ``lexical``, ``matching`` or ``listed`` tells of ``text``."""
    weights, *candidates, documents, remaining, found, rarity, are_all, are_many = row
    return Words(
        languages,
        text,
        weights,
        Candidates(*candidates),
        documents,
        remaining,
        dict(zip(found, rarity, strict=True)),
        are_all,
        are_many,
        corrections or {},
    )
