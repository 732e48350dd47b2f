"""A document's heading, facts and versions."""

from collections.abc import Sequence
from datetime import datetime

from ibid_contract import Document, Version
from web import links, metadata, words
from web.components import html
from web.components.status import document_badge
from web.links import Place
from web.markup import literal


def draw_heading(document: Document, collection: str) -> None:
    """What it is and where it stands."""
    facts = html.joined(
        [
            html.anchor(collection, links.documents(document.collection_id)),
            literal(words.kind(document.media_type)),
            words.size(document.size_bytes),
            words.count(document.pages, "page") if document.pages else "",
            f"version {document.version}" if document.version > 1 else "",
        ]
    )
    html.draw(
        f'<header class="ibid-heading"><h1>{literal(document.title)}</h1>'
        f'<p class="ibid-where">{facts} {document_badge(document)}</p></header>'
    )


def draw_actions(document: Document, version: int) -> None:
    """What leads elsewhere: the original, a search within, and what is like it."""
    within = links.search_within(document.id)
    original = links.download(document.id, version)
    html.draw(
        f'<p class="ibid-actions">{html.button("Download original", original, is_download=True)}'
        f"{html.button('Search in this document', within)}"
        f"{html.button('More like this', links.like(document.id))}</p>"
    )


def draw_other_version(document: Document, shown: int) -> None:
    """Say so when the reader looks at a version that search does not find."""
    found = document.published_version
    if found is None or found == shown:
        return
    href = Place(document.id, found).href()
    html.draw(
        f'<p class="ibid-note" role="status">You are reading version {shown}. Search finds '
        f"{html.anchor(f'version {found}', href)}.</p>"
    )


def draw_facts(document: Document) -> None:
    facts = {
        "Document": str(document.id),
        "External id": document.external_id or "–",
        "File name": document.file_name,
        "Media type": document.media_type,
        "Size": f"{document.size_bytes:,} bytes",
        "Uploaded": words.moment(document.created_at),
        "Changed": words.moment(document.updated_at),
    }
    html.draw(f'<dl class="ibid-facts">{_rows(facts)}</dl>')
    given = {name: metadata.shown(value) for name, value in document.metadata.items()}
    if given:
        html.draw(f'<h3>Metadata</h3><dl class="ibid-facts">{_rows(given)}</dl>')


def draw_versions(document: Document, versions: Sequence[Version], now: datetime) -> None:
    """The history, newest first."""
    rows = "".join(_version(document, version, now) for version in versions)
    html.draw(
        '<table class="ibid-table"><thead><tr><th>Version</th><th>File</th><th>Size</th>'
        "<th>Pages</th><th>Uploaded</th><th>SHA-256</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _version(document: Document, version: Version, now: datetime) -> str:
    read = html.anchor(str(version.number), Place(document.id, version.number).href())
    found = ' <span class="ibid-badge ibid-good">searched</span>' if version.is_published else ""
    original = html.anchor(version.file_name, links.download(document.id, version.number))
    return (
        f"<tr><td>{read}{found}</td><td>{original}</td><td>{words.size(version.size_bytes)}</td>"
        f"<td>{version.pages or '–'}</td><td>{words.ago(version.created_at, now)}</td>"
        f"<td><code>{literal(version.sha256[:16])}</code></td></tr>"
    )


def _rows(facts: dict[str, str]) -> str:
    return "".join(
        f"<dt>{literal(name)}</dt><dd>{literal(value)}</dd>" for name, value in facts.items()
    )
