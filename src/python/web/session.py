"""What a browser's session knows; the only module that touches Streamlit's state.

Nothing precious is kept here: a page is its address and what the API says, so a session that is
lost with its process comes back as it was.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import streamlit as st

from ibid_client import Client
from ibid_contract import Identity
from web import cookie, links
from web.measure import traced_headers

_IDENTITY = "ibid_identity"
_NOTICE = "ibid_notice"


class NotSignedIn(Exception):
    """There is no key in the browser's cookie."""


def client() -> Client:
    """Return the client of whoever is signed in. Raises NotSignedIn."""
    settings = st.secrets["ibid"]
    key = cookie.read(st.context.cookies, settings["cookie_secure"])
    if key is None:
        raise NotSignedIn
    return Client(settings["api_url"], key, transport=_transport(), headers=traced_headers)


def identity(ibid: Client) -> Identity:
    """Return who is signed in, asked once a session."""
    if _IDENTITY not in st.session_state:
        st.session_state[_IDENTITY] = ibid.whoami()
    known: Identity = st.session_state[_IDENTITY]
    return known


def params() -> dict[str, list[str]]:
    """Return the parameters of the page's address."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def set_params(new: links.Params) -> None:
    """Make these the parameters of the page's address, which adds a step to go back to."""
    if params() != _as_lists(new):
        st.query_params.from_dict(new)


def param(name: str) -> str:
    return st.query_params.get(name, "")


def show_as(values: Mapping[str, Any]) -> None:
    """Make widgets, by their keys, show what the address says. Call it before they are drawn."""
    for key, value in values.items():
        st.session_state[key] = value


def chosen(key: str) -> Any:
    """Return what the widget shows."""
    return st.session_state.get(key)


def leave_notice(sentence: str) -> None:
    """Have the next page say what was done."""
    st.session_state[_NOTICE] = sentence


def take_notice() -> str | None:
    notice: str | None = st.session_state.pop(_NOTICE, None)
    return notice


@st.cache_resource
def _transport() -> httpx.HTTPTransport:
    """The connections to the API, shared by all sessions. Keys are in requests, not in these."""
    return httpx.HTTPTransport(limits=httpx.Limits(max_connections=64, keepalive_expiry=20))


def _as_lists(given: links.Params) -> dict[str, Sequence[str]]:
    return {name: [v] if isinstance(v, str) else list(v) for name, v in given.items()}
