"""Where a document or a job stands, in a word and a colour."""

from ibid_contract import Document, DocumentStatus, Job, JobState
from web.components import html
from web.markup import literal

_DOCUMENT = {
    DocumentStatus.PENDING: ("waiting", "busy"),
    DocumentStatus.PROCESSING: ("processing", "busy"),
    DocumentStatus.READY: ("ready", "good"),
    DocumentStatus.FAILED: ("failed", "bad"),
}
_JOB = {
    JobState.PENDING: ("waiting", "busy"),
    JobState.RUNNING: ("running", "busy"),
    JobState.DONE: ("done", "good"),
    JobState.FAILED: ("failed", "bad"),
    JobState.CANCELLED: ("cancelled", "calm"),
}


def document_badge(document: Document) -> str:
    """HTML that says where the newest version stands."""
    return _badge(*_DOCUMENT[document.status])


def job_badge(job: Job) -> str:
    return _badge(*_JOB[job.state])


def progress_bar(job: Job) -> str:
    """HTML that says how far the job is, and in which stage."""
    percent = round(100 * max(0.0, min(1.0, job.progress)))
    return (
        f'<span class="ibid-bar" role="progressbar" aria-valuenow="{percent}" aria-valuemin="0" '
        f'aria-valuemax="100" aria-label="{job.stage.value}">'
        f'<span style="width:{percent}%"></span></span>'
        f'<span class="ibid-quiet">{job.stage.value}, {percent} %</span>'
    )


def failure(reason: str | None) -> str:
    """HTML that says why something failed."""
    return f'<p class="ibid-reason">{literal(reason)}</p>' if reason else ""


def draw_failure(reason: str | None) -> None:
    if reason:
        html.draw(failure(reason))


def _badge(word: str, mood: str) -> str:
    return f'<span class="ibid-badge ibid-{mood}">{word}</span>'
