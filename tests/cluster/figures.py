"""What the load met, by phase, and how it is told."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Phase:
    """``seconds`` are the lines of the load, one a second. ``audit``: what became of its jobs."""

    name: str
    seconds: Sequence[dict[str, Any]]

    @property
    def requests(self) -> int:
        return sum(sum(one["answers"].values()) for one in self.seconds) + len(self.failures)

    @property
    def failures(self) -> list[dict[str, str]]:
        return [failure for one in self.seconds for failure in one["failures"]]

    @property
    def reasons(self) -> Counter[str]:
        return Counter(f"{one['kind']}: {one['why']}" for one in self.failures)

    @property
    def uploads(self) -> int:
        return sum(one["answers"].get("upload", 0) for one in self.seconds)

    @property
    def clicks(self) -> int:
        return sum(one["clicks"] for one in self.seconds)

    @property
    def click_failures(self) -> list[str]:
        return [why for one in self.seconds for why in one["click_failures"]]

    @property
    def breaks(self) -> list[float]:
        """How long dashboards that lost their connection did not show what they should."""
        return [length for one in self.seconds for length in one["breaks"]]

    @property
    def outage_seconds(self) -> int:
        """From the first second with a failure to the last one, both included."""
        failed = [place for place, one in enumerate(self.seconds) if one["failures"]]
        return failed[-1] - failed[0] + 1 if failed else 0

    def search_ms(self, percent: float) -> float:
        """The percentile of all searches that were answered."""
        ordered = sorted(value for one in self.seconds for value in one["search_ms"])
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0


def together(name: str, phases: Sequence[Phase]) -> Phase:
    return Phase(name, [second for phase in phases for second in phase.seconds])


_HEAD = (
    "phase",
    "seconds",
    "requests",
    "failed",
    "p50 ms",
    "p99 ms",
    "uploads",
    "clicks",
    "breaks",
)


def table(phases: Sequence[Phase]) -> list[str]:
    rows = [_HEAD, *(_row(phase) for phase in phases)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    return [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def _row(phase: Phase) -> tuple[str, ...]:
    breaks = phase.breaks
    return (
        phase.name,
        str(len(phase.seconds)),
        f"{phase.requests:,}",
        str(len(phase.failures)),
        f"{phase.search_ms(50):.0f}",
        f"{phase.search_ms(99):.0f}",
        str(phase.uploads),
        f"{phase.clicks}"
        + (f" ({len(phase.click_failures)} failed)" if phase.click_failures else ""),
        f"{len(breaks)} (<= {max(breaks):.1f} s)" if breaks else "0",
    )
