"""Collections, documents and all that is theirs. Each call runs in the caller's transaction."""

from libs.corpus.blobs import PART_BYTES, Blobs
from libs.corpus.checkpoints import Checkpoints
from libs.corpus.collections import Collections
from libs.corpus.documents import Documents
from libs.corpus.embeddings import Embeddings
from libs.corpus.model import (
    Collection,
    Document,
    PageSpan,
    PageText,
    PassageSpan,
    PublishedPassage,
    Received,
    Source,
    Status,
    TextWindow,
    Unembedded,
    Upload,
    Version,
)
from libs.corpus.publish import publish

__all__ = [
    "PART_BYTES",
    "Blobs",
    "Checkpoints",
    "Collection",
    "Collections",
    "Document",
    "Documents",
    "Embeddings",
    "PageSpan",
    "PageText",
    "PassageSpan",
    "PublishedPassage",
    "Received",
    "Source",
    "Status",
    "TextWindow",
    "Unembedded",
    "Upload",
    "Version",
    "publish",
]
