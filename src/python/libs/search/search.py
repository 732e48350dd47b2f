"""Find the passages that answer a query."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from pgvector import HalfVector
from psycopg.types.json import Jsonb

from libs import analysis
from libs.analysis import is_stop_word, query_lexemes
from libs.embedding import Model
from libs.errors import BadQuery
from libs.postgres.pool import Connection
from libs.search import matching
from libs.search.ahead import Beginning, Embed, begun, is_embedded
from libs.search.explaining import Explainer
from libs.search.highlight import Highlighter
from libs.search.languages import searched_languages
from libs.search.lexical import Words, look_up
from libs.search.model import Found, Query
from libs.search.query_language import ParsedQuery
from libs.search.ranking import (
    Parameters,
    Presenter,
    count_facets,
    hides_documents,
    parameters,
    rank,
    read,
)
from libs.search.spelling import Knows, corrected_text


class EmptyQuery(BadQuery):
    """The query is empty. Type a word or a question."""

    code = "empty-query"


async def find(
    connection: Connection,
    query: Query,
    embed: Embed,
    model: Model,
    knows: Knows,
    beginning: Beginning | None = None,
) -> Found:
    """Return the hits ``[offset, offset + limit)`` of the query, best first.

    ``embed`` gives a text's vector by ``model``; words are looked up while it works, and those that
    people use (``knows``) are not corrected. ``beginning`` is what the caller has asked already
    (``Ahead``). Runs in the caller's transaction, which has entered a workspace. At most
    ``2 * DEPTH`` passages are considered, and where they are of fewer documents than a page has
    room for, ``2 * WIDE_DEPTH``; scores are comparable within one query only.

    Raises:
        EmptyQuery: there is nothing but white space to look for.
    """
    if not query.clean_text.strip():
        raise EmptyQuery
    parsed = await matching.read(connection, query.clean_text)
    async with begun(_embed(embed, query, parsed)) as embedding:
        if beginning is None:
            beginning = Beginning(await searched_languages(connection, query.collections))
        words = await look_up(
            connection, query, parsed, beginning.languages, knows, beginning.words
        )
        vector = await embedding
    if vector is not None and words.corrections:
        vector = HalfVector(await embed(words.text))
    given = await _parameters(connection, query, parsed, model, words, vector)
    async with begun(rank(connection, query, model, given)) as ranked:
        # what shows the hits is made while the database works
        highlighter = _highlighter(parsed, words)
        explainer = Explainer(words.text, words.languages) if query.explain else None
        told = (*_telling(parsed, words), *map(str, parsed.literals))
        ranking = await ranked
    if await hides_documents(connection, query, ranking, given):
        wide = replace(query, is_wide=True)
        again = await look_up(connection, wide, parsed, beginning.languages, knows)
        given = await _parameters(connection, wide, parsed, model, again, vector)
        wider = await rank(connection, wide, model, given)
        # of one document alone, there is no need for more passages
        ranking = wider if len(wider.documents) > 1 else ranking
    groups = ranking.groups
    shown = groups[query.offset : query.offset + query.limit]
    passages = await read(connection, shown)
    presenter = Presenter(passages, highlighter, explainer, words.are_listed)
    return Found(
        hits=presenter.hits(shown),
        total=len(groups),
        words=told,
        required=tuple(" OR ".join(map(str, group)) for group in parsed.required),
        excluded=tuple(map(str, parsed.excluded)),
        fields=tuple(" OR ".join(map(str, group)) for group in parsed.fields),
        facets=await count_facets(connection, query.facets, groups),
        corrections=words.corrections,
        corrected=_replaced(query.clean_text, words.corrections),
        suggested=_suggested(query, parsed, words, has_hits=bool(groups)),
        notes=parsed.notes,
    )


async def _parameters(
    connection: Connection,
    query: Query,
    parsed: ParsedQuery,
    model: Model,
    words: Words,
    vector: HalfVector | None,
) -> Parameters:
    """What ``rank`` takes, with the closest passages where there are conditions."""
    given = parameters(query, model, words, vector)
    if vector is None or not parsed.has_conditions:
        return given
    conditions = Jsonb(parsed.to_json(words.languages))
    all_matches = words.candidates.ids if words.are_all else None
    return await matching.find_closest(
        connection, conditions, all_matches, words.are_many, model, given
    )


async def _embed(embed: Embed, query: Query, parsed: ParsedQuery) -> HalfVector | None:
    return HalfVector(await embed(parsed.text)) if is_embedded(query, parsed) else None


def _suggested(query: Query, parsed: ParsedQuery, words: Words, *, has_hits: bool) -> str | None:
    """Another spelling; or the known words alone, where the operators leave nothing."""
    if words.suggestions or has_hits or parsed.is_plain or not words.rarity:
        return _replaced(query.clean_text, words.suggestions)
    return words.text.strip()


def _telling(parsed: ParsedQuery, words: Words) -> Iterator[str]:
    """The words that were looked up in any form, once each, but for stop words."""
    for word in dict.fromkeys(analysis.words(corrected_text(parsed.marked, words.corrections))):
        if not is_stop_word(word, words.languages):
            yield word


def _highlighter(parsed: ParsedQuery, words: Words) -> Highlighter:
    marked = corrected_text(parsed.marked, words.corrections)
    patterns = [term.marked_pattern for term in parsed.literals]
    return Highlighter(query_lexemes(marked, words.languages), words.languages, patterns)


def _replaced(text: str, replacements: Mapping[str, str]) -> str | None:
    return corrected_text(text, replacements) if replacements else None
