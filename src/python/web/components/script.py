"""The three things that need a script in the browser. Each gets data, never HTML."""

import functools
from importlib import resources
from typing import Any

import streamlit as st


def draw_leave(target: str, *, comes_back: bool = False) -> None:
    """Have the browser go to an address; a sign-in page may be told where to come back to."""
    data = {"target": target, "comesBack": comes_back}
    _component("leave")(key="ibid_leave", data=data, height=1)


def draw_scroll(element_id: str, key: str) -> None:
    """Bring the element into view, once for each ``key``."""
    _component("scroll")(key=f"ibid_scroll_{key}", data={"id": element_id}, height=1)


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
