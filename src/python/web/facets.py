"""What the hits of a search are counted by, and where each value leads."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from ibid_contract import Hit, SearchResponse
from web import links, words
from web.narrowing import OWN, is_narrowed, month, narrowed, widened
from web.search_state import SearchState

FACETS = ("collection", "media_type", "language", "author", "date")
"""What documents have by themselves, in the order in which it is shown."""

_TITLES = {
    "collection": "Collection",
    "media_type": "Type",
    "language": "Language",
    "author": "Author",
    "date": "Uploaded",
}
_MOST_OWN = 5
_MOST_ALONE = 6
_LONGEST_NAME = 190


@dataclass(frozen=True, slots=True)
class Value:
    """``target`` is the search that a choice leads to; None where there can be none."""

    label: str
    hits: int
    target: SearchState | None
    is_active: bool


@dataclass(frozen=True, slots=True)
class Facet:
    title: str
    values: list[Value]


def own_facets(hits: Sequence[Hit]) -> list[str]:
    """Return the facets of the metadata that most of the hits have, five at most."""
    found = Counter(
        name
        for hit in hits
        for name, value in hit.metadata.items()
        if name != "author" and _can_be_counted(name, value)
    )
    commonest = sorted(found, key=lambda name: (-found[name], name))
    return [OWN + name for name in commonest[:_MOST_OWN]]


def facets(
    state: SearchState, response: SearchResponse, collections: Mapping[UUID, str]
) -> list[Facet]:
    """Return the facets that can narrow the search, or do so; "" comes last in each."""
    own = sorted(name for name in response.facets if name not in FACETS)
    found: list[Facet] = []
    for name in (*FACETS, *own):
        counts = response.facets.get(name, {})
        values = [
            _value(state, name, value, hits, response.hits, collections)
            for value, hits in sorted(counts.items(), key=lambda one: one[0] == "")
        ]
        if any(one.is_active for one in values) or _tells_apart(name, counts):
            found.append(Facet(_TITLES.get(name) or name.removeprefix(OWN), values))
    return found


def _value(
    state: SearchState,
    facet: str,
    value: str,
    count: int,
    hits: Sequence[Hit],
    collections: Mapping[UUID, str],
) -> Value:
    target = narrowed(state, facet, value, hits)
    is_active = target is not None and is_narrowed(state, target)
    label = _label(facet, value, collections)
    return Value(label, count, widened(state, facet) if is_active else target, is_active)


def _label(facet: str, value: str, collections: Mapping[UUID, str]) -> str:
    if value == "":
        return words.NONE_GIVEN
    if facet == "collection":
        collection = links.id_of(value)
        return collections.get(collection, value) if collection else value
    if facet == "media_type":
        return words.kind(value)
    if facet == "language":
        return words.language(value)
    days = month(value) if facet == "date" else None
    return f"{days[0]:%B %Y}" if days else value


def _tells_apart(facet: str, counts: Mapping[str, int]) -> bool:
    """Names and numbers of single documents, say, are metadata that tell too much apart."""
    if len(counts) < 2:
        return False
    return facet in FACETS or len(counts) <= _MOST_ALONE or max(counts.values()) > 1


def _can_be_counted(name: str, value: object) -> bool:
    fits = 0 < len(name) <= _LONGEST_NAME and "\n" not in name
    return fits and not isinstance(value, dict)
