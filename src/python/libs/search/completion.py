"""What the word that somebody is typing may become."""

import re
from dataclasses import dataclass

from libs.analysis import WORD, fold, normalise
from libs.postgres.pool import Connection
from libs.postgres.statements import load

_SQL = load("libs.search")

_LAST_WORD = re.compile(rf"{WORD}(?:[-./@_:+#&]?{WORD})*$")
_SHORTEST, _LONGEST = 2, 60


@dataclass(frozen=True, slots=True)
class Completion:
    """The whole text with its last word completed, and how many documents have that word."""

    text: str
    documents: int


async def complete(connection: Connection, text: str, limit: int) -> list[Completion]:
    """Return completions, the most frequent words first; none for less than two letters.

    They are words of published documents of the caller's workspace.
    """
    last = _LAST_WORD.search(text)
    if last is None:
        return []
    prefix = fold(normalise(last[0]))
    if not _SHORTEST <= len(prefix) <= _LONGEST:
        return []
    cursor = await connection.execute(_SQL["complete"], {"prefix": prefix, "most": limit})
    before = text[: last.start()]
    return [Completion(before + word, documents) for word, documents in await cursor.fetchall()]
