"""Deleting, which asks first and says how much goes."""

import streamlit as st

from ibid_client import Client
from ibid_contract import Collection, Document
from web import links, session, words
from web.components.notice import draw_problem, draw_question
from web.components.script import draw_leave
from web.markup import shortened
from web.shell.guard import guarded


def offer_deletion(ibid: Client, document: Document, *, is_small: bool = False) -> None:
    """A button that asks, then deletes, then leads to the collection's documents."""
    if st.button(
        "" if is_small else "Delete",
        icon=":material/delete:",
        key=f"ibid_delete_{document.id}",
        help="Delete this document",
        type="tertiary" if is_small else "secondary",
    ):
        _ask_document(ibid, document)


def offer_collection_deletion(ibid: Client, collection: Collection) -> None:
    if st.button(
        "Delete", icon=":material/delete:", key=f"ibid_delete_{collection.id}", type="tertiary"
    ):
        _ask_collection(ibid, collection)


@st.dialog("Delete this document?")
@guarded
def _ask_document(ibid: Client, document: Document) -> None:
    draw_question(
        shortened(document.title, 200),
        "It goes with all its versions, its text and its passages, and cannot be found or read "
        "any more. There is no way back.",
    )
    if st.button("Delete the document", type="primary", key="ibid_delete_now"):
        ibid.delete_document(document.id)
        draw_leave(links.documents(document.collection_id))


@st.dialog("Delete this collection?")
@guarded
def _ask_collection(ibid: Client, collection: Collection) -> None:
    amount = words.count(collection.documents, "document")
    draw_question(
        collection.name,
        f"It goes with {amount}, all their versions, texts and passages. There is no way back.",
    )
    with st.form("ibid_deletion", border=False):
        typed = collection.name
        if collection.documents:
            typed = st.text_input("To be sure, type the collection’s name")
        is_sent = st.form_submit_button(f"Delete the collection and {amount}", type="primary")
    if is_sent and " ".join(typed.split()) != " ".join(collection.name.split()):
        draw_problem("This is not the collection’s name.")
    elif is_sent:
        ibid.delete_collection(collection.id)
        session.leave_notice(f"Deleted the collection and {amount}.")
        st.rerun()
