"""Documents: what is in a collection, where each stands, and what can be done about it."""

from datetime import UTC, datetime
from uuid import UUID

import streamlit as st

from ibid_client import Client
from ibid_contract import Document, DocumentStatus
from web import links, session
from web.components import html
from web.components.empty import draw_empty
from web.components.row import document_row
from web.pages.common import all_collections, choose_collection, draw_pager
from web.pages.deletion import offer_deletion
from web.shell.guard import guarded

_LIMIT = 20
_REFRESH_SECONDS = 3.0

_STATUSES = {
    "all": "All",
    DocumentStatus.READY.value: "Ready",
    DocumentStatus.PROCESSING.value: "Processing",
    DocumentStatus.PENDING.value: "Waiting",
    DocumentStatus.FAILED.value: "Failed",
}


def draw(ibid: Client) -> None:
    st.title("Documents", anchor=False)
    left, right = st.columns([4, 6], vertical_alignment="bottom")
    with left:
        collection = choose_collection(ibid, all_collections(ibid))
    if collection is None:
        return
    with right:
        status = _choose_status()
    html.draw(
        '<p class="ibid-actions">'
        f"{html.button('Upload', links.upload_to(collection.id))}"
        f"{html.button('Search in this collection', links.search_in(collection.id))}</p>"
    )
    _draw_list(ibid, collection.id, status)


def _choose_status() -> str:
    wanted = session.param("status")
    session.show_as({"ibid_status": wanted if wanted in _STATUSES else "all"})
    chosen = st.segmented_control(
        "Status",
        list(_STATUSES),
        key="ibid_status",
        format_func=_STATUSES.__getitem__,
        required=True,
        on_change=_change_status,
    )
    return chosen or "all"


def _change_status() -> None:
    status = session.chosen("ibid_status")
    wanted = {"collection": session.param("collection"), "status": status}
    session.set_params({name: value for name, value in wanted.items() if value not in ("", "all")})


@st.fragment(run_every=_REFRESH_SECONDS)
@guarded
def _draw_list(ibid: Client, collection_id: UUID, status: str) -> None:
    """The list is drawn anew while one looks at it, as documents are on their way."""
    page = ibid.list_documents(
        collection_id,
        status=None if status == "all" else DocumentStatus(status),
        limit=_LIMIT,
        cursor=session.param("cursor") or None,
    )
    if not page.items:
        _draw_nothing(collection_id, status)
        return
    now = datetime.now(UTC)
    with st.container(key="ibid_rows", gap=None):
        for document in page.items:
            _draw_row(ibid, document, now)
    params = {"collection": str(collection_id), "status": "" if status == "all" else status}
    draw_pager(links.DOCUMENTS, {**params, "cursor": session.param("cursor")}, page.next_cursor)


def _draw_row(ibid: Client, document: Document, now: datetime) -> None:
    about, again, away = st.columns([20, 1.6, 1.2], vertical_alignment="center", wrap=False)
    with about:
        html.draw(document_row(document, now))
    is_failed = document.status is DocumentStatus.FAILED
    if (
        is_failed
        and document.job_id
        and again.button(
            "",
            icon=":material/refresh:",
            key=f"ibid_retry_{document.id}",
            help="Try again",
            type="tertiary",
        )
    ):
        ibid.retry_job(document.job_id)
        st.rerun(scope="fragment")
    with away:
        offer_deletion(ibid, document, is_small=True)


def _draw_nothing(collection_id: UUID, status: str) -> None:
    if status == "all":
        draw_empty(
            "No documents yet",
            "Upload some, and they can be found a moment later.",
            {"Upload documents": links.upload_to(collection_id)},
        )
    else:
        draw_empty("None", f"No document of this collection is {_STATUSES[status].lower()}.")
