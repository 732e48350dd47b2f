"""Documents become canonical text with pages, in processes that hostile bytes cannot leave."""

from libs.extraction.detect import detect
from libs.extraction.errors import (
    Broken,
    EmptyDocument,
    Encrypted,
    NoText,
    OutOfMemory,
    TimedOut,
    TooLarge,
    Unreadable,
    UnsupportedMediaType,
)
from libs.extraction.extractor import Extractor
from libs.extraction.model import Extracted, Highlight, Limits, MediaType, Page

__all__ = [
    "Broken",
    "EmptyDocument",
    "Encrypted",
    "Extracted",
    "Extractor",
    "Highlight",
    "Limits",
    "MediaType",
    "NoText",
    "OutOfMemory",
    "Page",
    "TimedOut",
    "TooLarge",
    "Unreadable",
    "UnsupportedMediaType",
    "detect",
]
