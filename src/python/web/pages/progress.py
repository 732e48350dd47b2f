"""A job on its way, followed until it ends."""

from uuid import UUID

import streamlit as st

from ibid_client import Client
from web.components import html
from web.components.status import failure, job_badge, progress_bar
from web.shell.guard import guarded


@st.fragment(run_every=1.5)
@guarded
def draw_progress(ibid: Client, job_id: UUID) -> None:
    """Draw how far it is; when it has ended, draw the whole page anew."""
    job = ibid.get_job(job_id)
    html.draw(
        f'<p class="ibid-progress" role="status">{job_badge(job)} {progress_bar(job)}</p>'
        f"{failure(job.error)}"
    )
    if job.state.is_final:
        st.rerun()
