"""Small pieces of HTML. What they are given is text; what they return is safe to draw."""

from html import escape

import streamlit as st

from web.markup import literal


def draw(html: str) -> None:
    """Draw HTML that is already safe."""
    st.html(f'<div class="ibid">{html}</div>')


def anchor(text: str, href: str, *, style: str = "", label: str = "") -> str:
    """A link within the dashboard. ``label`` says more to a screen reader than the text does."""
    attributes = [f'href="{escape(href, quote=True)}"', 'target="_self"']
    if style:
        attributes.append(f'class="{style}"')
    if label:
        attributes.append(f'aria-label="{escape(label, quote=True)}"')
    return f"<a {' '.join(attributes)}>{literal(text)}</a>"


def button(text: str, href: str, *, is_download: bool = False) -> str:
    """A link that looks like a button."""
    download = " download" if is_download else ""
    return (
        f'<a class="ibid-button" href="{escape(href, quote=True)}" target="_self"{download}>'
        f"{literal(text)}</a>"
    )


def joined(parts: list[str]) -> str:
    """The parts in one quiet line, with dots between them."""
    return '<span class="ibid-dot"> · </span>'.join(part for part in parts if part)


def quiet(html: str) -> str:
    return f'<p class="ibid-quiet">{html}</p>'
