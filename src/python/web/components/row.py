"""One line of a list: a document, or a job."""

from datetime import datetime

from ibid_contract import Document, DocumentStatus, Job, JobState
from web import words
from web.components import html
from web.components.status import document_badge, failure, job_badge, progress_bar
from web.links import Place
from web.markup import literal


def document_row(document: Document, now: datetime) -> str:
    """HTML of a document: its title, where it stands, and why if it failed."""
    facts = html.joined(
        [
            literal(words.kind(document.media_type)),
            words.size(document.size_bytes),
            words.count(document.pages, "page") if document.pages else "",
            f"version {document.version}" if document.version > 1 else "",
            words.ago(document.updated_at, now),
            literal(document.file_name) if document.file_name != document.title else "",
        ]
    )
    failed = document.status is DocumentStatus.FAILED
    return (
        f'<div class="ibid-row"><p>{html.anchor(document.title, Place(document.id).href())} '
        f'{document_badge(document)}</p><p class="ibid-quiet">{facts}</p>'
        f"{failure(document.failure) if failed else ''}</div>"
    )


def job_row(job: Job, title: str, now: datetime) -> str:
    """HTML of a job: whose it is, how far it is, and why if it failed."""
    facts = html.joined(
        [
            f"version {job.version}" if job.version > 1 else "",
            words.ago(job.created_at, now),
            _took(job),
            f"attempt {job.attempt + 1}" if job.attempt and not job.state.is_final else "",
        ]
    )
    is_running = job.state in (JobState.RUNNING, JobState.PENDING)
    return (
        f'<div class="ibid-row"><p>{html.anchor(title, Place(job.document_id).href())} '
        f'{job_badge(job)}</p><p class="ibid-quiet">{facts}</p>'
        f"{f'<p>{progress_bar(job)}</p>' if is_running else ''}{failure(job.error)}</div>"
    )


def upload_row(name: str, state: str, href: str | None = None) -> str:
    """HTML of an upload; ``state`` is HTML that says what became of it."""
    title = html.anchor(name, href) if href else literal(name)
    return f'<div class="ibid-row"><p>{title} {state}</p></div>'


def _took(job: Job) -> str:
    if job.started_at is None or job.finished_at is None:
        return ""
    return f"took {words.seconds_between(job.started_at, job.finished_at)}"
