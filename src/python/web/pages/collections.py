"""Collections: make, rename and delete them."""

from collections.abc import Callable

import streamlit as st

from ibid_client import Client, IbidError
from ibid_contract import Collection
from web import links, session, words
from web.components import html
from web.components.empty import draw_empty
from web.components.notice import draw_problem
from web.markup import literal
from web.pages.common import all_collections
from web.pages.deletion import offer_collection_deletion
from web.shell.guard import draw_error, guarded

_MOST_LETTERS = 200


def draw(ibid: Client) -> None:
    title, add = st.columns([8, 2], vertical_alignment="bottom")
    title.title("Collections", anchor=False)
    if add.button("New collection", icon=":material/add:", type="primary", width="stretch"):
        _ask_new(ibid)
    collections = all_collections(ibid)
    if not collections:
        draw_empty(
            "No collection yet",
            "A collection holds documents that are searched together: a project, a client, a "
            "subject. Create the first one above.",
        )
    for collection in collections.values():
        _draw_collection(ibid, collection)


def _draw_collection(ibid: Client, collection: Collection) -> None:
    with st.container(border=True, key=f"ibid_collection_{collection.id}"):
        about, actions = st.columns([7, 3], vertical_alignment="center")
        with about:
            html.draw(_about(collection))
        with actions, st.container(horizontal=True, horizontal_alignment="right"):
            if st.button(
                "Rename", icon=":material/edit:", key=f"ibid_edit_{collection.id}", type="tertiary"
            ):
                _ask_change(ibid, collection)
            offer_collection_deletion(ibid, collection)


def _about(collection: Collection) -> str:
    title = html.anchor(collection.name, links.documents(collection.id), style="ibid-title")
    facts = html.joined(
        [
            words.count(collection.documents, "document"),
            html.anchor("Search", links.search_in(collection.id)),
            html.anchor("Upload", links.upload_to(collection.id)),
        ]
    )
    about = f"<p>{literal(collection.description)}</p>" if collection.description else ""
    return f'<h3>{title}</h3>{about}<p class="ibid-quiet">{facts}</p>'


@st.dialog("New collection")
@guarded
def _ask_new(ibid: Client) -> None:
    asked = _ask("", "", "Create")
    if asked is not None:
        name, description = asked
        _change(lambda: ibid.create_collection(name, description), "The collection is there.")


@st.dialog("Rename the collection")
@guarded
def _ask_change(ibid: Client, collection: Collection) -> None:
    asked = _ask(collection.name, collection.description, "Save")
    if asked is not None:
        name, description = asked
        _change(
            lambda: ibid.update_collection(collection.id, name=name, description=description),
            "Saved.",
        )


def _ask(name: str, description: str, verb: str) -> tuple[str, str] | None:
    """Return name and description when they are sent and there is a name."""
    with st.form("ibid_collection", border=False):
        name = st.text_input("Name", name, max_chars=_MOST_LETTERS).strip()
        description = st.text_area("Description", description, max_chars=2_000, height=100).strip()
        is_sent = st.form_submit_button(verb, type="primary")
    if is_sent and not name:
        draw_problem("A collection needs a name.")
        return None
    return (name, description) if is_sent else None


def _change(change: Callable[[], object], done: str) -> None:
    """Do it and draw the page anew; what the API says against it is said in the dialog."""
    try:
        change()
    except IbidError as error:
        draw_error(error)
        return
    session.leave_notice(done)
    st.rerun()
