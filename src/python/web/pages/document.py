"""Document: read it where a hit stands, and look after it."""

from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st

from ibid_client import Client, Conflict
from ibid_contract import Document, DocumentStatus, DocumentText
from web import links, session, windows
from web.components import html
from web.components.document import (
    draw_actions,
    draw_facts,
    draw_heading,
    draw_other_version,
    draw_versions,
)
from web.components.empty import draw_empty
from web.components.passage import PLACE, draw_text
from web.components.picture import draw_page_picture
from web.components.script import draw_scroll
from web.components.status import draw_failure
from web.links import Place
from web.pages.deletion import offer_deletion
from web.pages.judging import note_opening
from web.pages.progress import draw_progress

_PDF = "application/pdf"
_VIEWS = {"text": "Text", "pages": "Pages", "versions": "Versions", "details": "Details"}


def draw(ibid: Client) -> None:
    document_id = links.id_of(session.param("id"))
    if document_id is None:
        draw_empty(
            "No document", "The address names none. Search leads to one.", {"Search": links.SEARCH}
        )
        return
    document = ibid.get_document(document_id)
    note_opening(ibid, document)
    place = _place(document)
    draw_heading(document, ibid.get_collection(document.collection_id).name)
    _draw_status(ibid, document)
    with st.container(horizontal=True, vertical_alignment="center", key="ibid_document_actions"):
        draw_actions(document, place.version or document.version)
        _offer_retry(ibid, document)
        offer_deletion(ibid, document)
    view = _choose_view(document, place)
    if view == "versions":
        versions = ibid.list_versions(document_id, limit=100).items
        draw_versions(document, versions, datetime.now(UTC))
    elif view == "details":
        draw_facts(document)
    else:
        draw_other_version(document, place.version or document.version)
        _draw_reading(ibid, document, place, view)


def _place(document: Document) -> Place:
    """Return what the address asks for; without a version, the one that search finds."""
    version = _number("version") or document.published_version or document.version
    start, end = _number("start"), _number("end")
    view = session.param("view")
    return Place(
        document.id,
        version,
        start if end is not None else None,
        end if start is not None else None,
        view if view in _VIEWS else None,
    )


def _choose_view(document: Document, place: Place) -> str:
    views = [one for one in _VIEWS if one != "pages" or document.media_type == _PDF]
    session.show_as({"ibid_view": place.view if place.view in views else "text"})
    chosen = st.segmented_control(
        "View",
        views,
        key="ibid_view",
        format_func=_VIEWS.__getitem__,
        required=True,
        label_visibility="collapsed",
        on_change=_change_view,
        args=(place,),
    )
    return chosen or "text"


def _change_view(place: Place) -> None:
    view = session.chosen("ibid_view")
    session.set_params(replace(place, view=None if view == "text" else view).params())


def _draw_reading(ibid: Client, document: Document, place: Place, view: str) -> None:
    try:
        text = _read(ibid, place)
    except Conflict as error:
        if document.status is not DocumentStatus.FAILED:
            draw_empty("Not read yet", error.problem.detail)
        return
    span = _span(place)
    page = windows.page_at(text.pages, span[0]) if span else None
    if view == "pages":
        _draw_pages(document, place, page or 1)
        return
    if document.media_type != _PDF or page is None:
        _draw_window(text, place)
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _draw_window(text, place)
    with right:
        draw_page_picture(document.id, text.version, page, span)


def _read(ibid: Client, place: Place) -> DocumentText:
    start, end = windows.window(_span(place), _number("from"))
    return ibid.get_text(place.document_id, start=start, end=end, version=place.version)


def _draw_window(text: DocumentText, place: Place) -> None:
    if not text.length:
        draw_empty("No text", "This document has no text that could be read.")
        return
    _draw_steps(text, place, "Where the text goes on, above")
    draw_text(text, _span(place))
    _draw_steps(text, place, "Where the text goes on, below")
    if _span(place) and not session.param("from"):
        draw_scroll(PLACE, f"{place.document_id}_{place.version}_{place.start}_{place.end}")


def _draw_steps(text: DocumentText, place: Place, label: str) -> None:
    before, after = windows.earlier(text), windows.later(text)
    if before is None and after is None:
        return
    parts = [
        html.button("Earlier", _from(place, before)) if before is not None else "",
        f'<span class="ibid-quiet">characters {text.start:,} to {text.end:,} '
        f"of {text.length:,}</span>",
        html.button("Later", _from(place, after)) if after is not None else "",
    ]
    html.draw(f'<nav class="ibid-pager" aria-label="{label}">{"".join(parts)}</nav>')


def _draw_pages(document: Document, place: Place, first: int) -> None:
    number = _number("page") or first
    last = document.pages or number
    number = max(1, min(number, last))
    parts = [
        html.button("Previous page", _page(place, number - 1)) if number > 1 else "",
        f'<span class="ibid-quiet">page {number} of {last}</span>',
        html.button("Next page", _page(place, number + 1)) if number < last else "",
    ]
    html.draw(f'<nav class="ibid-pager" aria-label="Pages">{"".join(parts)}</nav>')
    span = _span(place) if number == first else None
    draw_page_picture(document.id, place.version or document.version, number, span)


def _draw_status(ibid: Client, document: Document) -> None:
    if document.status is DocumentStatus.FAILED:
        draw_failure(document.failure)
    elif document.status is not DocumentStatus.READY and document.job_id:
        draw_progress(ibid, document.job_id)


def _offer_retry(ibid: Client, document: Document) -> None:
    if document.status is not DocumentStatus.FAILED or document.job_id is None:
        return
    if st.button("Try again", icon=":material/refresh:", key="ibid_retry_document"):
        ibid.retry_job(document.job_id)
        st.rerun()


def _span(place: Place) -> tuple[int, int] | None:
    if place.start is None or place.end is None or place.start >= place.end:
        return None
    return place.start, place.end


def _from(place: Place, first: int) -> str:
    return links.address(links.DOCUMENT, {**place.params(), "from": str(first)})


def _page(place: Place, number: int) -> str:
    return links.address(links.DOCUMENT, {**place.params(), "page": str(number)})


def _number(name: str) -> int | None:
    text = session.param(name)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
