"""What people think of a hit: a thumb under it, or that they opened it."""

from contextlib import suppress

import streamlit as st

from ibid_client import Client, IbidError
from ibid_contract import Document, Hit, NewJudgement, Origin
from ibid_contract.search import MAX_QUERY_LENGTH
from web import session

_GOOD, _BAD = 1, 0


def draw_thumbs(ibid: Client, query: str, hit: Hit) -> None:
    """Two buttons; what they say can be said again, and the last word counts."""
    with st.container(horizontal=True, key=f"ibid_thumbs_{hit.passage_id}"):
        for relevance, icon, said in (
            (_GOOD, "thumb_up", "This answers the query"),
            (_BAD, "thumb_down", "This does not answer the query"),
        ):
            st.button(
                "",
                key=f"ibid_thumb_{hit.passage_id}_{relevance}",
                icon=f":material/{icon}:",
                help=said,
                type="tertiary",
                on_click=_judge,
                args=(ibid, query, hit, relevance),
            )


def note_opening(ibid: Client, document: Document) -> None:
    """Where a search led to the document, tell the API so, once a session and query."""
    query = session.param("q")[:MAX_QUERY_LENGTH].strip()
    key = f"ibid_opened_{document.id}_{query}"
    if not query or session.chosen(key):
        return
    session.show_as({key: True})
    version = session.param("version")
    judgement = NewJudgement(
        query=query,
        document_id=document.id,
        relevance=_GOOD,
        origin=Origin.CLICK,
        version=int(version) if version.isascii() and version.isdecimal() else None,
    )
    # reading goes before counting what is read
    with suppress(IbidError):
        ibid.create_judgement(judgement)


def _judge(ibid: Client, query: str, hit: Hit, relevance: int) -> None:
    judgement = NewJudgement(
        query=query,
        document_id=hit.document_id,
        relevance=relevance,
        origin=Origin.THUMB,
        version=hit.version,
        passage_id=hit.passage_id,
    )
    try:
        ibid.create_judgement(judgement)
    except IbidError:
        session.leave_notice("That was not kept: try again in a moment.")
        return
    session.leave_notice("Thank you. It counts when searches are measured.")
