"""The summary that is printed at the end."""

from collections import Counter
from collections.abc import Sequence

from cluster.figures import Phase, table

_sections: list[tuple[str, list[str]]] = []


def say(title: str, *lines: str) -> None:
    """Keep the lines for the summary."""
    _sections.append((title, list(lines)))


def say_phases(title: str, phases: Sequence[Phase], *more: str) -> None:
    reasons: Counter[str] = Counter()
    lines = table(phases)
    for phase in phases:
        reasons += Counter({f"{phase.name}: {why}": n for why, n in phase.reasons.items()})
    lines += [f"  {number} x {why}" for why, number in reasons.most_common(20)]
    say(title, *lines, *more)


def lines() -> list[str]:
    return [line for title, found in _sections for line in ("", f"## {title}", *found)]
