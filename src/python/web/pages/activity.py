"""Activity: the ledger of jobs, as it changes."""

from datetime import UTC, datetime
from uuid import UUID

import streamlit as st

from ibid_client import Client, NotFound
from ibid_contract import Job, JobState
from web import links, session
from web.components import html
from web.components.empty import draw_empty
from web.components.row import job_row
from web.pages.common import draw_pager
from web.shell.guard import guarded

_LIMIT = 20
_REFRESH_SECONDS = 2.0

_STATES = {
    "all": "All",
    JobState.RUNNING.value: "Running",
    JobState.PENDING.value: "Waiting",
    JobState.DONE.value: "Done",
    JobState.FAILED.value: "Failed",
    JobState.CANCELLED.value: "Cancelled",
}


def draw(ibid: Client) -> None:
    st.title("Activity", anchor=False)
    wanted = session.param("state")
    session.show_as({"ibid_state": wanted if wanted in _STATES else "all"})
    state = st.segmented_control(
        "State",
        list(_STATES),
        key="ibid_state",
        format_func=_STATES.__getitem__,
        required=True,
        label_visibility="collapsed",
        on_change=_change_state,
    )
    _draw_jobs(ibid, state or "all")


def _change_state() -> None:
    state = session.chosen("ibid_state")
    session.set_params({} if state == "all" else {"state": state})


@st.fragment(run_every=_REFRESH_SECONDS)
@guarded
def _draw_jobs(ibid: Client, state: str) -> None:
    page = ibid.list_jobs(
        state=None if state == "all" else JobState(state),
        limit=_LIMIT,
        cursor=session.param("cursor") or None,
    )
    if not page.items:
        draw_empty(
            "Nothing here",
            "Jobs appear as documents are uploaded.",
            {"Upload documents": links.UPLOAD},
        )
        return
    now = datetime.now(UTC)
    with st.container(key="ibid_rows", gap=None):
        for job in page.items:
            _draw_job(ibid, job, now)
    params = {"state": "" if state == "all" else state, "cursor": session.param("cursor")}
    draw_pager(links.ACTIVITY, params, page.next_cursor)


def _draw_job(ibid: Client, job: Job, now: datetime) -> None:
    about, action = st.columns([20, 2.8], vertical_alignment="center", wrap=False)
    with about:
        html.draw(job_row(job, _title(ibid, job.document_id), now))
    with action:
        if job.state in (JobState.FAILED, JobState.CANCELLED):
            if st.button("Try again", key=f"ibid_retry_{job.id}", type="tertiary"):
                ibid.retry_job(job.id)
                st.rerun(scope="fragment")
        elif not job.state.is_final and st.button(
            "Cancel", key=f"ibid_cancel_{job.id}", type="tertiary"
        ):
            ibid.cancel_job(job.id)
            st.rerun(scope="fragment")


def _title(ibid: Client, document_id: UUID) -> str:
    """Return the document's title, asked once a session."""
    key = f"ibid_title_{document_id}"
    known: str | None = session.chosen(key)
    if known is None:
        try:
            known = ibid.get_document(document_id).title
        except NotFound:
            known = "A document that was deleted"
        session.show_as({key: known})
    return known
