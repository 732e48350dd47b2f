"""How an upload tells where it is: bars on a terminal, otherwise a line for each document."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars

from cli.text import printable
from cli.uploads import Outcome, Progress, Report


class Silence:
    """Says nothing; the reports come in one piece at the end."""

    def sent(self) -> None:
        pass

    def done(self, report: Report) -> None:
        pass


class Lines(Silence):
    """Prints each report as it comes."""

    def done(self, report: Report) -> None:
        print(line(report), flush=True)


class TerminalBars:
    """A bar for what is sent and, where the jobs are awaited, one for what can be found.

    What did not go well is printed above them as it comes.
    """

    def __init__(self, bars: Bars, total: int, *, wait: bool) -> None:
        self._bars = bars
        self._sent = bars.add_task("uploading", total=total)
        self._done = bars.add_task("reading", total=total) if wait else None

    def sent(self) -> None:
        self._bars.advance(self._sent)

    def done(self, report: Report) -> None:
        if self._done is not None:
            self._bars.advance(self._done)
        if report.reason is not None:
            self._bars.console.print(line(report), markup=False, highlight=False)


@contextmanager
def progress(total: int, *, wait: bool, as_json: bool) -> Iterator[Progress]:
    """Bars go to stderr and vanish in the end; lines go to stdout."""
    if not sys.stderr.isatty():
        yield Silence() if as_json else Lines()
        return
    with Bars(*_columns(), console=Console(stderr=True), transient=True) as bars:
        yield TerminalBars(bars, total, wait=wait)


@contextmanager
def counting(what: str, total: int) -> Iterator[Callable[[], None]]:
    """A bar on a terminal, to be told of each; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    with Bars(*_columns(), console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(what, total=total)
        yield lambda: bars.advance(task)


def _columns() -> tuple[ProgressColumn, ...]:
    return (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )


def line(report: Report) -> str:
    """Return such as ``failed     a.pdf: This PDF is encrypted.``"""
    text = f"{report.outcome:<10} {printable(report.source.external_id)}"
    if report.reason is not None:
        return f"{text}: {printable(report.reason)}"
    if report.outcome is Outcome.UPLOADED and report.document and report.document.version > 1:
        return f"{text} (version {report.document.version})"
    return text
