"""Find passages by their words and by their meaning."""

from libs.search.ahead import Ahead
from libs.search.completion import Completion, complete
from libs.search.model import Filters, Found, Hit, Mode, Place, Query
from libs.search.search import find
from libs.search.similar import find_similar
from libs.search.warming import warm_up

__all__ = [
    "Ahead",
    "Completion",
    "Filters",
    "Found",
    "Hit",
    "Mode",
    "Place",
    "Query",
    "complete",
    "find",
    "find_similar",
    "warm_up",
]
