"""How a search is narrowed by a value of a facet, and widened again."""

import json
from calendar import monthrange
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date

from ibid_contract import Hit
from web import links, metadata, words
from web.search_state import SearchState

OWN = "metadata."
"""How the name of a facet begins that is a key of the documents' own metadata."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that is in use, and the search without it."""

    name: str
    value: str
    without: SearchState


def narrowed(
    state: SearchState, facet: str, value: str, hits: Sequence[Hit] = ()
) -> SearchState | None:
    """Return the search for documents with this value, None where there can be none.

    The hits tell of which type a value of the metadata is.
    """
    plain = _plain(state)
    if facet == "language":
        return replace(plain, languages=(value,))
    if value == "":
        return None
    if facet == "collection":
        found = links.id_of(value)
        return replace(plain, collections=(found,)) if found else None
    if facet == "media_type":
        return replace(plain, media_types=(value,))
    if facet == "author":
        return replace(plain, authors=(value,))
    if facet == "date":
        days = month(value)
        return replace(plain, after=days[0], before=days[1]) if days else None
    return _with_metadata(plain, facet.removeprefix(OWN), value, hits)


def widened(state: SearchState, facet: str) -> SearchState:
    """Return the search without what the facet narrows it by."""
    first = state.first_page()
    if facet == "collection":
        return replace(first, collections=())
    if facet == "media_type":
        return replace(first, media_types=())
    if facet == "language":
        return replace(first, languages=())
    if facet == "author":
        return replace(first, authors=())
    if facet == "date":
        return replace(first, after=None, before=None)
    left = _conditions(state)
    left.pop(facet.removeprefix(OWN), None)
    return replace(first, metadata=metadata.written(left) or "")


def is_narrowed(state: SearchState, target: SearchState) -> bool:
    """Whether the search is the target already."""
    return _plain(state) == target


def filters(state: SearchState) -> list[Filter]:
    """Return the filters that are in use, beside collections and documents."""
    first = state.first_page()
    found: list[Filter] = []
    for one in state.media_types:
        left = replace(first, media_types=_but(state.media_types, one))
        found.append(Filter("Type", words.kind(one), left))
    for one in state.languages:
        left = replace(first, languages=_but(state.languages, one))
        found.append(Filter("Language", words.language(one), left))
    for one in state.authors:
        left = replace(first, authors=_but(state.authors, one))
        found.append(Filter("Author", one, left))
    for name, value in _conditions(state).items():
        found.append(Filter(name, _shown(value), widened(state, OWN + name)))
    return found + _dates(state)


def month(text: str) -> tuple[date, date] | None:
    """Return the first and the last day of a month such as 2026-11."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return first, first.replace(day=monthrange(first.year, first.month)[1])


def _dates(state: SearchState) -> list[Filter]:
    first, after, before = state.first_page(), state.after, state.before
    if after and before and month(f"{after:%Y-%m}") == (after, before):
        return [Filter("Uploaded", f"{after:%B %Y}", widened(state, "date"))]
    found: list[Filter] = []
    if after:
        found.append(Filter("Uploaded from", words.day(after), replace(first, after=None)))
    if before:
        found.append(Filter("Uploaded to", words.day(before), replace(first, before=None)))
    return found


def _plain(state: SearchState) -> SearchState:
    """The same search from its first page, its metadata written as they are here."""
    conditions = metadata.written(_conditions(state))
    return replace(state.first_page(), metadata=conditions or state.metadata)


def _with_metadata(
    state: SearchState, name: str, text: str, hits: Sequence[Hit]
) -> SearchState | None:
    given = [hit.metadata[name] for hit in hits if name in hit.metadata]
    conditions = metadata.written({**_conditions(state), name: _typed(text, given)})
    return None if conditions is None else replace(state, metadata=conditions)


def _typed(text: str, given: Sequence[object]) -> object:
    """Return what the text stands for, which is of the type that the given values are of."""
    is_list = any(isinstance(value, list) for value in given)
    items = [value[:1] if isinstance(value, list) else [value] for value in given]
    known = [item for first in items for item in first]
    value: object = text
    if known and not any(isinstance(item, str) for item in known):
        with suppress(ValueError):
            value = json.loads(text)
    return [value] if is_list else value


def _conditions(state: SearchState) -> dict[str, object]:
    with suppress(metadata.Malformed):
        return metadata.parse(state.metadata)
    return {}


def _shown(value: object) -> str:
    return ", ".join(map(metadata.shown, value if isinstance(value, list) else [value]))


def _but(values: Sequence[str], one: str) -> tuple[str, ...]:
    return tuple(value for value in values if value != one)
