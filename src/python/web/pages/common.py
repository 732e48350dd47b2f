"""What several pages ask for."""

from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

import streamlit as st

from ibid_client import Client, NotFound
from ibid_contract import Collection
from web import links, session
from web.components import html
from web.components.empty import draw_empty

_MOST_COLLECTIONS = 1_000


def all_collections(ibid: Client) -> dict[UUID, Collection]:
    """Return the collections by their ids, by name; the first thousand of them."""
    found: list[Collection] = []
    for collection in ibid.collections(limit=100):
        found.append(collection)
        if len(found) == _MOST_COLLECTIONS:
            break
    found.sort(key=lambda one: one.name.casefold())
    return {collection.id: collection for collection in found}


def choose_collection(ibid: Client, collections: dict[UUID, Collection]) -> Collection | None:
    """Let the reader choose one; the address says which. None if there is none to show.

    What the address names is shown, or said to be gone: never another one in its place.
    """
    if not collections:
        draw_empty(
            "No collection yet",
            "Documents live in collections. Create the first one, then upload to it.",
            {"Create a collection": links.COLLECTIONS},
        )
        return None
    known = dict(collections)
    wanted = _wanted(ibid, known)
    session.show_as({_CHOICE: wanted})
    st.selectbox(
        "Collection",
        list(known),
        index=None,
        # The browser answers with this text. Were a count in it, an answer that crosses the next
        # drawing would name nothing that is there.
        format_func=lambda one: known[one].name,
        key=_CHOICE,
        placeholder="Choose a collection",
        on_change=_go_to_choice,
    )
    if wanted is None:
        draw_empty(
            "This collection is not here",
            "It was deleted, or the address is not complete. Choose another one above.",
            {"All collections": links.COLLECTIONS},
        )
        return None
    return known[wanted]


def names(collections: dict[UUID, Collection]) -> dict[UUID, str]:
    return {one: collection.name for one, collection in collections.items()}


def draw_pager(path: str, params: links.Params, next_cursor: str | None) -> None:
    """Links to the first page and to the next; the browser's own way leads back."""
    first = {name: value for name, value in params.items() if name != "cursor"}
    parts: Sequence[str] = [
        html.button("First page", links.address(path, first)) if params.get("cursor") else "",
        html.button("Next page", links.address(path, {**first, "cursor": next_cursor}))
        if next_cursor
        else "",
    ]
    if any(parts):
        html.draw(f'<nav class="ibid-pager" aria-label="Pages">{"".join(parts)}</nav>')


_CHOICE = "ibid_collection"
_UNNAMED = "ibid_unnamed_collection"


def _wanted(ibid: Client, known: dict[UUID, Collection]) -> UUID | None:
    """Return the collection to show, which is among the known ones then."""
    named = session.param("collection")
    if not named:
        return _same_as_before(known)
    wanted = links.id_of(named)
    if wanted is not None and wanted not in known:
        with suppress(NotFound):
            known[wanted] = ibid.get_collection(wanted)
    return wanted if wanted in known else None


def _same_as_before(known: dict[UUID, Collection]) -> UUID:
    """Where the address names none: the first by name, and the same one at the next drawing."""
    before: UUID | None = session.chosen(_UNNAMED)
    shown = before if before in known else next(iter(known))
    session.show_as({_UNNAMED: shown})
    return shown


def _go_to_choice() -> None:
    chosen = session.chosen(_CHOICE)
    # a text is the name of a collection that was renamed or deleted meanwhile
    if isinstance(chosen, UUID):
        session.set_params({"collection": str(chosen)})
