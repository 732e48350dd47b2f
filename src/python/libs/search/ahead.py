"""What a search does before its transaction has begun, and asks in the exchange that begins it."""

from asyncio import Task, get_running_loop, wait
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from psycopg import sql
from psycopg.rows import TupleRow

from libs.search.languages import Languages, ask_languages, read_languages
from libs.search.lexical import Words, ask_words, read_words
from libs.search.model import Query
from libs.search.query_language import ParsedQuery, names_to_ask_for, parse

type Embed = Callable[[str], Coroutine[Any, Any, NDArray[np.float32]]]
"""Embeds a query, [dimension], unit length."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """The languages of the searched documents, and the words looked up by them, if any were."""

    languages: Languages
    words: Words | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """``languages`` are those by which it looks ``text`` up, None where it asks for them alone."""

    sql: sql.Composed
    text: str = ""
    languages: Languages | None = None

    def read(self, row: TupleRow | None) -> Beginning:
        """Words that were looked up by other languages than the documents have are left out."""
        if self.languages is None:
            return Beginning(read_languages(row))
        assert row is not None
        *words, languages = row
        if languages != self.languages:
            return Beginning(languages)
        return Beginning(languages, read_words(tuple(words), self.text, languages))


@dataclass(frozen=True, slots=True)
class Ahead:
    """A query, and how it reads; None where the database has a say in that."""

    query: Query
    parsed: ParsedQuery | None

    @classmethod
    def of(cls, query: Query) -> Self:
        text = query.clean_text
        is_open = not text.strip() or bool(names_to_ask_for(text))
        return cls(query, None if is_open else parse(text))

    def ask(self, languages: Languages | None) -> Question:
        """Return what to ask as the transaction begins.

        ``languages`` are those that the searched documents had a while ago, if that is known: most
        likely they have them still, and the words need no exchange of their own.
        """
        parsed = self.parsed
        if languages is None or parsed is None or parsed.has_conditions or parsed.is_list:
            return Question(ask_languages(self.query.collections))
        return Question(ask_words(self.query, parsed, languages), parsed.text, languages)

    @asynccontextmanager
    async def embedding(self, embed: Embed) -> AsyncIterator[Embed]:
        """Begin to embed the query, where it is known; yield what then gives its vector."""
        if self.parsed is None or not is_embedded(self.query, self.parsed):
            yield embed
            return
        text = self.parsed.text
        async with begun(embed(text)) as embedding:

            async def embed_once(wanted: str) -> NDArray[np.float32]:
                return await (embedding if wanted == text else embed(wanted))

            yield embed_once


@asynccontextmanager
async def begun[T](work: Coroutine[Any, Any, T]) -> AsyncIterator[Task[T]]:
    """Work that goes on beside the block once it waits somewhere, and not after it."""
    task = Task(work, loop=get_running_loop(), eager_start=True)
    try:
        yield task
    finally:
        if not task.done():
            task.cancel()
            await wait([task])


def is_embedded(query: Query, parsed: ParsedQuery) -> bool:
    """Whether there is something to embed."""
    return query.mode != "lexical" and not parsed.is_list
