"""What several pages ask for."""

from collections.abc import Sequence
from uuid import UUID

import streamlit as st

from ibid_client import Client
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


def choose_collection(collections: dict[UUID, Collection]) -> Collection | None:
    """Let the reader choose one; the address says which. None if there is none."""
    if not collections:
        draw_empty(
            "No collection yet",
            "Documents live in collections. Create the first one, then upload to it.",
            {"Create a collection": links.COLLECTIONS},
        )
        return None
    ids = list(collections)
    wanted = links.id_of(session.param("collection"))
    session.show_as({_CHOICE: wanted if wanted in collections else ids[0]})
    chosen = st.selectbox(
        "Collection",
        ids,
        format_func=lambda one: _label(collections[one]),
        key=_CHOICE,
        on_change=_go_to_choice,
    )
    return collections[chosen]


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


def _go_to_choice() -> None:
    session.set_params({"collection": str(session.chosen(_CHOICE))})


def _label(collection: Collection) -> str:
    return f"{collection.name} ({collection.documents:,})"
