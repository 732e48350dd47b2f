"""What ``ibid eval run`` found, as people read it."""

from collections.abc import Iterable

import msgspec
from rich.console import Console

from cli.evaluation_collections import CollectionResult
from cli.text import flat
from libs.evaluation.comparison import Comparison, Reached
from libs.evaluation.intervals import Estimate
from libs.evaluation.measures import Measure

_SHOWN_QUERIES = 10
_FIRST, _OTHERS = 12, 25


class Report(msgspec.Struct, frozen=True):
    """The command's JSON."""

    judged: str
    collections: list[str]
    a: str
    b: str | None
    comparison: Comparison
    by_collection: list[CollectionResult]


def quoted(names: Iterable[str]) -> str:
    """The names of collections, fit for a terminal."""
    return ", ".join(f"“{flat(name)}”" for name in names)


def show(report: Report, console: Console) -> None:
    """Print the measures with their 95 % intervals, and the queries that ``a`` did worst on.

    Where several collections were searched, the measures come of each as well.
    """
    found = report.comparison
    asked = f"{_queries(len(found.queries))} of {flat(report.judged)}"
    console.print(f"{asked}, in {quoted(report.collections)}")
    heads = ["measure", f"a: {report.a}"]
    if report.b is not None:
        heads += [f"b: {report.b}", "a - b"]
    _print_row(heads, console)
    _show_measures(found, console)
    if found.b is not None:
        _show_tally(found, console)
    if len(report.collections) > 1:
        for one in report.by_collection:
            console.print(f"{_queries(one.queries)} with an answer in {quoted([one.name])}")
            _show_measures(one, console)
    _show_worst(found, console)


def _show_worst(found: Comparison, console: Console) -> None:
    shown = found.queries[:_SHOWN_QUERIES]
    if found.b is not None:
        shown = [query for query in shown if query.margin < 0]
    if shown:
        console.print(
            "worst queries (nDCG@10)"
            if found.b is None
            else "queries that a loses most (nDCG@10: a, b)"
        )
    for query in shown:
        values = [query.a[Measure.NDCG]] + ([query.b[Measure.NDCG]] if query.b else [])
        told = "  ".join(f"{value:.3f}" for value in values)
        console.print(f"  {told}  {flat(query.id)}  {flat(query.text)}", soft_wrap=True)


def _show_measures(reached: Reached, console: Console) -> None:
    for name in Measure:
        cells = [name.value, _shown(reached.a[name])]
        if reached.b is not None:
            difference = reached.difference[name]
            cells += [
                _shown(reached.b[name]),
                _shown(difference, sign="+") + (" *" if difference.is_clear else ""),
            ]
        _print_row(cells, console)


def _print_row(cells: list[str], console: Console) -> None:
    first, *others = cells
    line = f"{first:{_FIRST}}" + "  ".join(f"{flat(cell):{_OTHERS}}" for cell in others)
    console.print(line.rstrip(), soft_wrap=True)


def _show_tally(found: Comparison, console: Console) -> None:
    won = sum(1 for query in found.queries if query.margin > 0)
    lost = sum(1 for query in found.queries if query.margin < 0)
    console.print(
        f"a is better on {won}, worse on {lost}, level on {len(found.queries) - won - lost}"
    )
    console.print("* the 95 % interval leaves out zero", style="dim")


def _queries(number: int) -> str:
    return f"{number} {'query' if number == 1 else 'queries'}"


def _shown(one: Estimate, sign: str = "") -> str:
    return f"{one.mean:{sign}.4f} [{one.low:{sign}.3f}, {one.high:{sign}.3f}]"
