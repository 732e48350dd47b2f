"""Upload: many documents at once, followed until each can be found."""

from typing import Any
from uuid import UUID

import streamlit as st

from ibid_client import Client, NotFound
from ibid_contract import Collection, Job
from web import links, session, words
from web.components import html
from web.components.row import upload_row
from web.components.script import draw_uploader
from web.components.status import failure, job_badge, progress_bar
from web.links import Place
from web.pages.common import all_collections, choose_collection
from web.shell.guard import guarded

_REFRESH_SECONDS = 1.5
_MOST_SHOWN = 50


def draw(ibid: Client) -> None:
    st.title("Upload", anchor=False)
    collection = choose_collection(ibid, all_collections(ibid))
    if collection is None:
        return
    results = draw_uploader(str(collection.id))
    if results:
        _draw_results(ibid, collection, list(reversed(results)))


def _draw_results(ibid: Client, collection: Collection, results: list[dict[str, Any]]) -> None:
    refused = [one for one in results if "problem" in one]
    jobs = [one for one in results if one.get("job_id")]
    known = [one for one in results if "document_id" in one and not one.get("job_id")]
    for result in refused:
        html.draw(
            upload_row(result["name"], '<span class="ibid-badge ibid-bad">refused</span>')
            + failure(str(result["problem"]))
        )
    _draw_jobs(
        ibid, [(one["name"], one["document_id"], one["job_id"]) for one in jobs[:_MOST_SHOWN]]
    )
    for result in known[:_MOST_SHOWN]:
        state = '<span class="ibid-badge ibid-calm">already there</span>'
        html.draw(upload_row(result["name"], state, Place(UUID(result["document_id"])).href()))
    if len(jobs) > _MOST_SHOWN:
        more = html.anchor("all documents", links.documents(collection.id))
        html.draw(html.quiet(f"The last {_MOST_SHOWN} are shown; here are {more}."))


@st.fragment(run_every=_REFRESH_SECONDS)
@guarded
def _draw_jobs(ibid: Client, uploads: list[tuple[str, str, str]]) -> None:
    """Where each upload stands in the ledger."""
    if not uploads:
        return
    jobs = [_job(ibid, job_id) for _, _, job_id in uploads]
    ended = sum(1 for job in jobs if job is None or job.state.is_final)
    html.draw(
        f'<p class="ibid-quiet" role="status">{ended} of '
        f"{words.count(len(jobs), 'document')} done</p>"
    )
    html.draw(
        "".join(
            upload_row(name, _state(job), Place(UUID(document_id)).href())
            + (failure(job.error) if job else "")
            for (name, document_id, _), job in zip(uploads, jobs, strict=True)
        )
    )


def _job(ibid: Client, job_id: str) -> Job | None:
    """Return the job, None if its document was deleted meanwhile."""
    key = f"ibid_job_{job_id}"
    known: Job | None = session.chosen(key)
    if known is not None and known.state.is_final:
        return known
    try:
        job = ibid.get_job(UUID(job_id))
    except NotFound:
        return None
    session.show_as({key: job})
    return job


def _state(job: Job | None) -> str:
    if job is None:
        return '<span class="ibid-badge ibid-calm">deleted</span>'
    return job_badge(job) if job.state.is_final else f"{job_badge(job)} {progress_bar(job)}"
