"""``ibid model``: a second model, built, compared, and switched to if it is not worse."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cli import evaluation
from cli.evaluation_report import Report
from cli.failures import ExitCode, Failure
from cli.parts import Parts
from cli.postgres import say, told
from libs import models
from libs.evaluation.intervals import Estimate
from libs.evaluation.judged import Choice
from libs.evaluation.measures import Measure
from libs.models import ModelState
from libs.settings import CliSettings

_LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """What a model is compared on. ``mode`` is how people search."""

    folder: Path
    collections: Sequence[str]
    choice: Choice
    mode: str


class Verdict(msgspec.Struct, frozen=True):
    """The difference of nDCG@10, the model's minus the active one's.

    A model is not worse when even the lower end of the 95 % interval is within ``margin`` below
    zero. A set of few queries has a wide interval, and shows nothing.
    """

    model: str
    judged: str
    queries: int
    difference: Estimate
    margin: float
    is_not_worse: bool


class Compared(msgspec.Struct, frozen=True):
    """The JSON of ``compare``; ``a`` is the model, ``b`` the active one."""

    verdict: Verdict
    report: Report


def compare(parts: Parts, name: str, judged: JudgedSet, margin: float) -> Compared:
    """Ask every judged query by the model and by the active one."""
    by_model = msgspec.json.encode({"mode": judged.mode, "model": name}).decode()
    report = evaluation.run(
        parts,
        judged.folder,
        judged.collections,
        judged.choice,
        by_model,
        judged.mode,
        save=False,
    )
    difference = report.comparison.difference[Measure.NDCG]
    verdict = Verdict(
        model=name,
        judged=report.judged,
        queries=len(report.comparison.queries),
        difference=difference,
        margin=margin,
        is_not_worse=difference.low >= -margin,
    )
    return Compared(verdict, report)


def build(parts: Parts, name: str, *, wait: bool) -> int:
    """Have the model embed what is published; return how many passages that are."""
    owner_url = _owner_url(parts.settings())
    with told():
        queued = models.build(owner_url, name)
    while wait and (left := _progress(owner_url, name)) is not None:
        say(f"{name}: {left:.1%} embedded")
        time.sleep(_LOOK_SECONDS)
    return queued


def switch(
    parts: Parts, name: str, judged: JudgedSet | None, margin: float, *, force: bool
) -> None:
    """Search by the model from now on, if it is complete, and not worse or ``force``.

    Raises:
        Failure: it is not; nothing has changed.
    """
    settings = parts.settings()
    owner_url = _owner_url(settings)
    if judged is None and not force:
        raise Failure(
            "name judged queries with --set and --collection, or switch without with --force",
            ExitCode.USAGE,
        )
    evidence: dict[str, object] = {"forced": force}
    if judged is not None:
        verdict = compare(parts, name, judged, margin).verdict
        evidence |= msgspec.to_builtins(verdict)
        if not verdict.is_not_worse and not force:
            raise Failure(refusal(verdict))
    with told():
        models.switch(owner_url, name, evidence)


def refusal(verdict: Verdict) -> str:
    """Return why a model is not switched to."""
    found = verdict.difference
    measured = f"nDCG@10 {found.mean:+.4f} [{found.low:+.3f}, {found.high:+.3f}]"
    if found.mean < -verdict.margin:
        return f"{verdict.model} is worse: {measured} on {verdict.queries} queries"
    return (
        f"{verdict.queries} queries do not show that {verdict.model} is not worse: {measured},"
        f" and {-verdict.margin:+.3f} is allowed. Judge more, or allow more with --margin"
    )


def roll_back(parts: Parts) -> str:
    """Make the model active that was before; return its name."""
    owner_url = _owner_url(parts.settings())
    with told():
        return models.roll_back(owner_url)


def remove(parts: Parts, name: str) -> None:
    """Drop the embeddings of a model that is not active."""
    owner_url = _owner_url(parts.settings())
    with told():
        models.remove(owner_url, name)


def _progress(owner_url: str, name: str) -> float | None:
    """Return the share that is embedded, None once the model is no longer being built."""
    with told():
        [found] = [one for one in models.list_models(owner_url) if one.name == name]
    return found.progress if found.state is ModelState.BUILDING else None


def _owner_url(settings: CliSettings) -> str:
    if settings.migration_database_url is None:
        raise Failure("IBID_MIGRATION_DATABASE_URL: not set", ExitCode.USAGE)
    return settings.migration_database_url
