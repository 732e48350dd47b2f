"""Documents that are about the same as one of them."""

from uuid import UUID

from libs.embedding import Model
from libs.errors import NotFound
from libs.postgres.pool import Connection
from libs.postgres.statements import load
from libs.search.highlight import Highlighter
from libs.search.languages import searched_languages
from libs.search.lexical import weigh
from libs.search.model import Found, Query
from libs.search.ranking import Presenter, parameters, rank, read

_SQL = load("libs.search")


async def find_similar(
    connection: Connection, document_id: UUID, passage_id: UUID | None, limit: int, model: Model
) -> Found:
    """Return the documents that are most like this one, or like this passage of it, best first.

    They share its telling words and lie near the mean of its embeddings; of a long document its
    first 200 passages count.

    Raises:
        NotFound: there is no such document here, or it has no such passage.
    """
    given = {"document": document_id, "passage": passage_id, "model": model.name}
    cursor = await connection.execute(_SQL["gist"], given)
    row = await cursor.fetchone()
    assert row is not None
    lexemes, embedding, is_there = row
    if not is_there:
        raise NotFound(f"There is no document {document_id}.")
    if lexemes is None and passage_id is not None:
        raise NotFound(f"Document {document_id} has no passage {passage_id}; it may have changed.")
    query = Query("")
    languages = await searched_languages(connection)
    words = await weigh(connection, query, lexemes or [], languages)
    ranked = await rank(connection, query, model, parameters(query, model, words, embedding))
    groups = [one for one in ranked.groups if one.best.document_id != document_id.bytes][:limit]
    for one in groups:
        one.duplicates = [d for d in one.duplicates if d.document_id != document_id.bytes]
    presenter = Presenter(
        await read(connection, groups),
        Highlighter(list(words.rarity), languages),
        None,
    )
    return Found(presenter.hits(groups), len(groups), tuple(words.rarity))
