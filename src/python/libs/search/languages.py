"""Which languages the searched documents have: a query is analysed by all of them."""

from collections.abc import Sequence
from typing import LiteralString, cast
from uuid import UUID

from psycopg import sql
from psycopg.rows import TupleRow

from libs.postgres.pool import Connection
from libs.postgres.statements import written_out

type Languages = Sequence[str]

QUESTION: LiteralString = "select searched_languages(%(collections)s::uuid[])"


def ask_languages(collections: Sequence[UUID] | None) -> sql.Composed:
    """Return the question for the languages of these collections, or of all of the workspace.

    Whoever asks it as the transaction begins saves the search an exchange.
    """
    searched = None if collections is None else list(collections)
    return written_out(QUESTION, {"collections": searched})


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
