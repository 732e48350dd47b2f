"""What is shown where there is nothing yet, and what to do about it."""

from web.components import html
from web.markup import literal


def draw_empty(title: str, hint: str, links: dict[str, str] | None = None) -> None:
    """``links`` maps what a button says to where it leads."""
    buttons = "".join(html.button(text, href) for text, href in (links or {}).items())
    html.draw(
        f'<div class="ibid-empty"><p class="ibid-empty-title">{literal(title)}</p>'
        f"<p>{literal(hint)}</p>{f'<p>{buttons}</p>' if buttons else ''}</div>"
    )
