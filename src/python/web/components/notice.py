"""Sentences that stand out: what went wrong, and what one should know."""

from web.components import html
from web.markup import literal


def draw_problem(sentence: str, detail: str = "") -> None:
    """Say what went wrong."""
    more = f'<span class="ibid-quiet">{literal(detail)}</span>' if detail else ""
    html.draw(f'<p class="ibid-problem" role="alert">{literal(sentence)} {more}</p>')


def draw_note(sentence: str) -> None:
    html.draw(f'<p class="ibid-note" role="status">{literal(sentence)}</p>')


def draw_question(subject: str, consequence: str) -> None:
    """What a dialog asks about, and what follows from a yes."""
    html.draw(f"<p><strong>{literal(subject)}</strong></p><p>{literal(consequence)}</p>")
