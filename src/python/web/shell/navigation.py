"""The pages and what is around them."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import streamlit as st

from ibid_client import Client, IbidError
from ibid_contract import Identity
from web import links, session
from web.components import html
from web.markup import literal
from web.pages import activity, collections, document, documents, evaluations, search, upload
from web.shell.guard import guarded


@dataclass(frozen=True, slots=True)
class _Entry:
    draw: Callable[[Client], None]
    title: str
    icon: str
    address: str
    is_listed: bool = True


_ENTRIES = (
    _Entry(search.draw, "Search", "search", links.SEARCH),
    _Entry(documents.draw, "Documents", "description", links.DOCUMENTS),
    _Entry(upload.draw, "Upload", "upload", links.UPLOAD),
    _Entry(collections.draw, "Collections", "folder", links.COLLECTIONS),
    _Entry(activity.draw, "Activity", "history", links.ACTIVITY),
    _Entry(evaluations.draw, "Evaluation", "balance", links.EVALUATIONS),
    _Entry(document.draw, "Document", "article", links.DOCUMENT, is_listed=False),
)


def draw() -> None:
    """Draw the page that the address names, with everything around it."""
    # Named here, as Streamlit would take the page's icon, and fetch it from a host outside.
    st.set_page_config(page_title="Ibid", page_icon="/favicon.svg", layout="wide")
    st.html(Path(str(resources.files("web").joinpath("assets/style.css"))))
    page = st.navigation([_page(entry) for entry in _ENTRIES], position="sidebar")
    _draw_sidebar()
    notice = session.take_notice()
    if notice:
        st.toast(notice, icon=":material/check:")
    guarded(page.run)()


def _page(entry: _Entry) -> st.Page:
    def draw_page() -> None:
        entry.draw(session.client())

    return st.Page(
        draw_page,
        title=entry.title,
        icon=f":material/{entry.icon}:",
        url_path=entry.address.strip("/"),
        default=entry.address == links.SEARCH,
        visibility="visible" if entry.is_listed else "hidden",
    )


def _draw_sidebar() -> None:
    """Who is signed in is left out where it is not known: the page says why."""
    known: Identity | None = None
    with suppress(IbidError, session.NotSignedIn):
        known = session.identity(session.client())
    with st.sidebar:
        _draw_account(known)


def _draw_account(identity: Identity | None) -> None:
    told = "" if identity is None else _account(identity)
    html.draw(
        f'{told}<form method="post" action="{links.SIGN_OUT}">'
        '<button class="ibid-button" type="submit">Sign out</button></form>'
    )


def _account(identity: Identity) -> str:
    return (
        f'<p class="ibid-account"><strong>{literal(identity.workspace_name)}</strong><br>'
        f'<span class="ibid-quiet">key {literal(identity.api_key_name)}</span></p>'
    )
