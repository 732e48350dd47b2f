"""The judged queries name documents that are on the shelf."""

import generate

from libs.evaluation.judged import Choice, read_queries


def test_forty_queries_are_answered_by_documents_of_the_shelf() -> None:
    queries = read_queries(generate.HERE / "judged", Choice())
    known = {path.name for path in generate.DOCUMENTS.iterdir()}
    assert len({query.text for query in queries}) == 40
    assert {document for query in queries for document in query.relevance} <= known
