"""How to search: everything of a request but the query, as people write it down."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from ibid_contract import SearchMode, SearchRequest
from libs.errors import Rejected
from libs.evaluation.measures import DEPTH

_OURS = ("query", "cursor", "facets", "explain", "limit", "collections")


class Configuration(msgspec.Struct, frozen=True):
    """``limit`` is how many documents of a ranking count."""

    name: str
    options: dict[str, object]
    limit: int = DEPTH

    def request(self, query: str, collections: Sequence[UUID]) -> SearchRequest:
        """Return the search for a query in these collections."""
        given = {**self.options, "query": query, "collections": list(collections)}
        return msgspec.convert(given, SearchRequest)


def parse(text: str) -> Configuration:
    """Read a mode such as ``hybrid``, or a JSON object with the fields of a search.

    Raises:
        Rejected: it is neither.
    """
    if text in set(SearchMode):
        return Configuration(text, {"mode": text})
    try:
        options = msgspec.json.decode(text, type=dict[str, object])
        limit = msgspec.convert(options.pop("limit", DEPTH), type=int)
    except (msgspec.MsgspecError, RecursionError) as error:
        modes = ", ".join(SearchMode)
        raise Rejected(
            f"“{text}” is neither a mode ({modes}) nor a JSON object: {error}"
        ) from error
    if ours := sorted(set(options) & set(_OURS)):
        raise Rejected(f"“{ours[0]}” is not for a configuration to say")
    if not 1 <= limit <= DEPTH:
        raise Rejected(f"“limit” is from 1 to {DEPTH}")
    configuration = Configuration(text, options, limit)
    try:
        configuration.request("a", [])
    except msgspec.MsgspecError as error:
        raise Rejected(f"“{text}” is no way to search: {error}") from error
    return configuration
