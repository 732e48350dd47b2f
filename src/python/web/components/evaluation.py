"""An evaluation: its measures with their intervals, and what each side returned for a query."""

from collections.abc import Mapping
from datetime import datetime

from ibid_contract import (
    Estimate,
    EvaluatedCollection,
    EvaluatedDocument,
    EvaluatedQuery,
    Evaluation,
)
from web import links, words
from web.components import html
from web.links import Place
from web.markup import literal


def row_html(evaluation: Evaluation, now: datetime) -> str:
    """One line of the history: what was asked, how, and what came of it."""
    href = links.address(links.EVALUATIONS, {"id": str(evaluation.id)})
    return (
        f'<div class="ibid-row"><p>{html.anchor(evaluation.name, href)}</p>'
        f"{html.quiet(_about(evaluation, now))}{_whole(evaluation)}</div>"
    )


def evaluation_html(evaluation: Evaluation, now: datetime) -> str:
    back = html.anchor("All evaluations", links.EVALUATIONS)
    return (
        f"<p>{back}</p><h2>{literal(evaluation.name)}</h2>"
        f"{html.quiet(_about(evaluation, now))}{_whole(evaluation)}"
    )


def collection_html(one: EvaluatedCollection, name: str) -> str:
    """A collection, what was reached in it on average, and within it the intervals."""
    reached = [_queries(one.queries), f"A {_values(_means(one.a))}"]
    if one.b is not None:
        reached.append(f"B {_values(_means(one.b))}")
    return (
        f'<details class="ibid-row"><summary>{literal(name)} '
        f'<span class="ibid-quiet">{html.joined(reached)}</span></summary>'
        f"{_measures(one.a, one.b, one.difference)}</details>"
    )


def query_html(query: EvaluatedQuery) -> str:
    """A query, what both sides reached, and the documents by their ranks."""
    reached = [f"A {_values(query.a)}"]
    if query.b is not None:
        reached.append(f"B {_values(query.b)}")
    head = "<th>Document</th><th>Judged</th><th>Rank in A</th>"
    if query.b is not None:
        head += "<th>Rank in B</th>"
    rows = "".join(_document(one, has_b=query.b is not None) for one in query.documents)
    return (
        f'<details class="ibid-row"><summary>{literal(query.text)} '
        f'<span class="ibid-quiet">{html.joined(reached)}</span></summary>'
        f'<table class="ibid-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
        "</details>"
    )


def _about(evaluation: Evaluation, now: datetime) -> str:
    sides = [f"A: {literal(evaluation.a.configuration)}"]
    if evaluation.b is not None:
        sides.append(f"B: {literal(evaluation.b.configuration)}")
    return html.joined(
        [*sides, _queries(evaluation.queries), words.ago(evaluation.created_at, now)]
    )


def _queries(number: int) -> str:
    return f"{number} {'query' if number == 1 else 'queries'}"


def _whole(evaluation: Evaluation) -> str:
    b = None if evaluation.b is None else evaluation.b.measures
    return _measures(evaluation.a.measures, b, evaluation.difference)


def _measures(
    a: Mapping[str, Estimate], b: Mapping[str, Estimate] | None, difference: Mapping[str, Estimate]
) -> str:
    head = "<th>Measure</th><th>A</th>"
    if b is not None:
        head += "<th>B</th><th>A − B</th>"
    rows = ""
    for name, one in a.items():
        cells = [literal(name), _estimate(one)]
        if b is not None:
            cells += [_estimate(b.get(name)), _difference(difference.get(name))]
        rows += "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    return f'<table class="ibid-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _estimate(one: Estimate | None) -> str:
    if one is None:
        return ""
    return f'{one.mean:.3f} <span class="ibid-quiet">{one.low:.3f} to {one.high:.3f}</span>'


def _difference(one: Estimate | None) -> str:
    if one is None:
        return ""
    span = f'<span class="ibid-quiet">{one.low:+.3f} to {one.high:+.3f}</span>'
    is_clear = one.low > 0 or one.high < 0
    return f"<strong>{one.mean:+.3f}</strong> {span}" if is_clear else f"{one.mean:+.3f} {span}"


def _means(estimates: Mapping[str, Estimate]) -> dict[str, float]:
    return {name: one.mean for name, one in estimates.items()}


def _values(values: Mapping[str, float]) -> str:
    return ", ".join(f"{literal(name)} {value:.3f}" for name, value in values.items())


def _document(one: EvaluatedDocument, *, has_b: bool) -> str:
    judged = "" if one.relevance is None else str(one.relevance)
    cells = [html.anchor(one.title, Place(one.document_id).href()), judged, _rank(one.rank_a)]
    if has_b:
        cells.append(_rank(one.rank_b))
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _rank(rank: int | None) -> str:
    return "–" if rank is None else str(rank)
