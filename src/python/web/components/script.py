"""The few things that need a script in the browser. Each gets data, never HTML."""

import functools
from collections.abc import Callable
from importlib import resources
from typing import Any

import streamlit as st

from web import links

STEP = "ibid-step"
"""The class of links that ``draw_steps`` follows."""


def draw_leave(target: str, *, comes_back: bool = False) -> None:
    """Have the browser go to an address; a sign-in page may be told where to come back to."""
    data = {"target": target, "comesBack": comes_back}
    _component("leave")(key="ibid_leave", data=data, height=1)


def draw_scroll(element_id: str, key: str) -> None:
    """Bring the element into view, once for each ``key``."""
    _component("scroll")(key=f"ibid_scroll_{key}", data={"id": element_id}, height=1)


def draw_steps(key: str, follow: Callable[[], None]) -> None:
    """Have links of the class STEP call ``follow``; the session has the address's query at ``key``.

    Without the script they are links as others are.
    """
    _component("steps")(key=key, data={"style": STEP}, on_step_change=follow, height=1)


def draw_completions(box: str) -> None:
    """Suggest how the text goes on in the text box with the key ``box``.

    Without the script there are no suggestions.
    """
    data = {"address": links.COMPLETIONS, "place": f".st-key-{box}"}
    _component("completions")(key="ibid_completions", data=data, height=1)


def draw_uploader(collection_id: str) -> list[dict[str, Any]]:
    """Draw where documents are dropped, and return what became of each, the newest last.

    A result has ``name`` and either ``document_id`` and ``job_id`` (null for bytes that were
    there already) or ``problem``.
    """
    result = _component("uploader")(
        key=f"ibid_uploader_{collection_id}",
        data={"target": f"/upload/{collection_id}"},
        default={"results": []},
        on_results_change=_nothing,
    )
    return list(result.results or [])


def _nothing() -> None:
    """The rerun that follows is all that is wanted."""


@functools.cache
def _component(name: str) -> Any:
    assets = resources.files("web").joinpath("assets")

    def text(suffix: str) -> str | None:
        asset = assets.joinpath(f"{name}.{suffix}")
        return asset.read_text("utf-8") if asset.is_file() else None

    return st.components.v2.component(
        f"ibid.{name}", html=text("html"), css=text("css"), js=text("js")
    )
