"""What may be typed into the search box beside words. docs/search.md says it at length."""

from web.components import html
from web.markup import literal

_WAYS = (
    ("how do I trim the wick", "Words or a question: the closest passages, in whatever words"),
    ('"oil lamp"', "Exactly these words, also for part numbers and code"),
    ("fog -horn", 'Without a word, or -"a phrase"'),
    ("lamp OR lantern", "At least one of them"),
    ("light*", "Words that begin so"),
    ("title:manual", "In the title; also author: and your own metadata"),
    ("collection:Handbooks", "In one collection"),
    ("type:pdf", "Of one kind: pdf, docx, html, md, txt"),
    ("after:2024-05 before:2025", "Uploaded from May to December 2024"),
)


def draw_search_help() -> None:
    rows = "".join(f"<dt><code>{literal(way)}</code></dt><dd>{said}</dd>" for way, said in _WAYS)
    html.draw(f'<h3>How to search</h3><dl class="ibid-facts">{rows}</dl>')
