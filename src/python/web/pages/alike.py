"""More like this: documents that are about the same as one of them."""

from collections.abc import Mapping
from uuid import UUID

from ibid_client import Client
from web.components.empty import draw_empty
from web.components.hit import draw_hit
from web.components.results import draw_likeness
from web.links import Place

_LIMIT = 10


def draw_alike(
    ibid: Client, document_id: UUID, passage_id: UUID | None, collections: Mapping[UUID, str]
) -> None:
    """Draw what is like the document, or like a passage of it."""
    document = ibid.get_document(document_id)
    response = ibid.find_similar(document_id, passage_id=passage_id, limit=_LIMIT)
    draw_likeness(document, is_passage=passage_id is not None)
    if not response.hits:
        back = {"Back to the document": Place(document_id).href()}
        draw_empty("Nothing like it", "No other document is about the same.", back)
    for hit in response.hits:
        draw_hit(hit, collections.get(hit.collection_id, ""), "")
