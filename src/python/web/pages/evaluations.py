"""Evaluation: how well searches answered judged queries, and where they did not."""

from datetime import UTC, datetime
from uuid import UUID

import streamlit as st

from ibid_client import Client
from ibid_contract import Evaluation
from web import links, session
from web.components import html
from web.components.empty import draw_empty
from web.components.evaluation import collection_html, evaluation_html, query_html, row_html
from web.pages.common import all_collections, draw_pager, names

_LIMIT = 20


def draw(ibid: Client) -> None:
    st.title("Evaluation", anchor=False)
    evaluation_id = links.id_of(session.param("id"))
    if evaluation_id is None:
        _draw_history(ibid)
        return
    _draw_evaluation(ibid, evaluation_id)


def _draw_history(ibid: Client) -> None:
    page = ibid.list_evaluations(limit=_LIMIT, cursor=session.param("cursor") or None)
    if not page.items:
        draw_empty(
            "Nothing measured yet",
            "On a command line, “ibid eval run FOLDER --collection NAME --a hybrid --b lexical "
            "--save” asks judged queries in two ways and keeps what it finds here. Thumbs under "
            "hits become such queries with “ibid eval export”.",
            {"Search": links.SEARCH},
        )
        return
    now = datetime.now(UTC)
    html.draw("".join(row_html(one, now) for one in page.items))
    draw_pager(links.EVALUATIONS, {"cursor": session.param("cursor")}, page.next_cursor)


def _draw_collections(ibid: Client, evaluation: Evaluation) -> None:
    """One that was deleted since has no name any more, and is left out."""
    known = names(all_collections(ibid)) if evaluation.collections else {}
    drawn = [
        collection_html(one, known[one.collection_id])
        for one in evaluation.collections
        if one.collection_id in known
    ]
    if drawn:
        html.draw(f"<h3>Per collection</h3>{''.join(drawn)}")


def _draw_evaluation(ibid: Client, evaluation_id: UUID) -> None:
    evaluation = ibid.get_evaluation(evaluation_id)
    page = ibid.list_evaluated_queries(
        evaluation_id, limit=_LIMIT, cursor=session.param("cursor") or None
    )
    html.draw(evaluation_html(evaluation, datetime.now(UTC)))
    _draw_collections(ibid, evaluation)
    heading = "Queries that A lost most first" if evaluation.b else "Worst queries first"
    html.draw(f"<h3>{heading}</h3>")
    html.draw("".join(query_html(query) for query in page.items))
    params = {"id": str(evaluation_id), "cursor": session.param("cursor")}
    draw_pager(links.EVALUATIONS, params, page.next_cursor)
