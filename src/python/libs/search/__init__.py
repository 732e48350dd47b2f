"""Find passages by their words and by their meaning."""

from libs.search.model import Filters, Found, Hit, Mode, Query
from libs.search.search import find

__all__ = ["Filters", "Found", "Hit", "Mode", "Query", "find"]
