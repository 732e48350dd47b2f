"""Which languages the searched documents have: a query is analysed by all of them."""

from collections.abc import Sequence
from typing import cast
from uuid import UUID

from psycopg import sql
from psycopg.rows import TupleRow

from libs.postgres.pool import Connection

type Languages = Sequence[str]

_QUESTION = sql.SQL("select searched_languages({}::uuid[])")


def ask_languages(collections: Sequence[UUID] | None) -> sql.Composed:
    """Return the question for the languages of these collections, or of all of the workspace.

    Whoever asks it as the transaction begins saves the search an exchange.
    """
    return _QUESTION.format(sql.Literal(None if collections is None else list(collections)))


def read_languages(answer: TupleRow | None) -> list[str]:
    """Return the languages that the question's row names."""
    assert answer is not None
    return cast(list[str], answer[0])


async def searched_languages(
    connection: Connection, collections: Sequence[UUID] | None = None
) -> list[str]:
    """Return the languages of the documents of these collections, or of all of the workspace."""
    cursor = await connection.execute(ask_languages(collections))
    return read_languages(await cursor.fetchone())
