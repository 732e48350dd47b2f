"""Find passages by their words and by their meaning."""

from libs.search.completion import Completion, complete
from libs.search.languages import ask_languages, read_languages
from libs.search.model import Filters, Found, Hit, Mode, Place, Query
from libs.search.search import embedded_ahead, find
from libs.search.similar import find_similar

__all__ = [
    "Completion",
    "Filters",
    "Found",
    "Hit",
    "Mode",
    "Place",
    "Query",
    "ask_languages",
    "complete",
    "embedded_ahead",
    "find",
    "find_similar",
    "read_languages",
]
