"""What a search can be narrowed by, and what it is narrowed by now.

Each is a link to a search, and works as one; a script makes it a step in the same session.
"""

from collections.abc import Sequence

from web.components import html
from web.components.script import STEP
from web.facets import Facet, Value
from web.markup import literal, shortened
from web.narrowing import Filter

_SHOWN = 6
_LONGEST = 60


def draw_facets(facets: Sequence[Facet]) -> None:
    if facets:
        html.draw(facets_html(facets))


def facets_html(facets: Sequence[Facet]) -> str:
    inside = "".join(_facet(one) for one in facets)
    return f'<nav class="ibid-facets" aria-label="Narrow the search">{inside}</nav>'


def draw_filters(filters: Sequence[Filter], everywhere: str) -> None:
    """What is in use, each with a way to take it away. ``everywhere`` leads to none of it."""
    chips = [_chip(one) for one in filters]
    if len(chips) > 1:
        chips.append(html.anchor("Remove all", everywhere, style=STEP))
    if chips:
        html.draw(f'<p class="ibid-chips" aria-label="Filters in use">{"".join(chips)}</p>')


def _facet(facet: Facet) -> str:
    rows = [_row(facet.title, value) for value in facet.values]
    more = ""
    if len(rows) > _SHOWN + 1:
        rows, rest = rows[:_SHOWN], rows[_SHOWN:]
        more = f"<details><summary>{len(rest)} more</summary><ul>{''.join(rest)}</ul></details>"
    return f"<section><h3>{literal(facet.title)}</h3><ul>{''.join(rows)}</ul>{more}</section>"


def _row(facet: str, value: Value) -> str:
    count = f'<span class="ibid-count">{value.hits}</span>'
    text = shortened(value.label, _LONGEST)
    if value.target is None:
        return f"<li><span>{literal(text)}</span>{count}</li>"
    href = value.target.href()
    if value.is_active:
        label = f"Remove {facet}: {value.label}"
        link = html.anchor(f"{text} ×", href, style=f"{STEP} ibid-active", label=label)
    else:
        link = html.anchor(text, href, style=STEP)
    return f"<li>{link}{count}</li>"


def _chip(one: Filter) -> str:
    text = f"{one.name}: {shortened(one.value, _LONGEST)} ×"
    label = f"Remove {one.name}: {one.value}"
    return html.anchor(text, one.without.href(), style=f"{STEP} ibid-chip", label=label)
