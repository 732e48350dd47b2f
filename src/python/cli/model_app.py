"""The commands of ``ibid model`` and their options."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.console import Console
from typer import Argument, Option

from cli.failures import ExitCode, Failure, reported
from cli.parts import Parts
from cli.text import flat
from ibid_contract import Model, SearchMode

if TYPE_CHECKING:
    from cli.models import JudgedSet

_Name = Annotated[str, Argument(metavar="NAME", help="As in `ibid model list`.")]
_Set = Annotated[
    Path | None, Option("--set", metavar="FOLDER", help="Judged queries: docs/evaluation.md.")
]
_Collection = Annotated[
    list[str] | None,
    Option("--collection", "-c", metavar="NAME", help="Where to search; may be repeated."),
]
_Mode = Annotated[SearchMode, Option(help="How people search.")]
_Split = Annotated[str, Option(metavar="NAME", help="Of qrels-NAME.tsv or qrels/NAME.tsv.")]
_Lang = Annotated[
    str | None, Option("--lang", metavar="CODE", help="Only what has this “lang” in the set.")
]
_Margin = Annotated[
    float, Option(min=0, max=1, help="By how much of nDCG@10 it may be worse, for certain.")
]
_Json = Annotated[bool, Option("--json", help="Print JSON, for scripts.")]
_MARGIN = 0.02
"""Of nDCG@10: a difference below it goes unnoticed."""


def add(app: typer.Typer, parts: Parts) -> None:
    group = typer.Typer(
        help="Models: build a second one, compare it, switch to it.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    app.add_typer(group, name="model")
    for one in (_add_list, _add_build, _add_compare, _add_switch, _add_rollback, _add_remove):
        one(group, parts)


def _add_list(group: typer.Typer, parts: Parts) -> None:
    @group.command("list")
    def run(as_json: _Json = False) -> None:
        """Show the models, which one is active, and how far the others are."""
        with reported():
            with parts.connect(parts.settings()) as client:
                found = list(client.models())
            if as_json:
                print(msgspec.json.encode(found).decode())
            else:
                _show(found, Console(highlight=False, markup=False))


def _add_build(group: typer.Typer, parts: Parts) -> None:
    @group.command("build")
    def run(
        name: _Name,
        wait: Annotated[bool, Option("--wait", help="Return when it is complete.")] = False,
        as_json: _Json = False,
    ) -> None:
        """Embed all that is published by a further model, beside the active one."""
        with reported():
            from cli import models  # here, as numpy takes long to import

            queued = models.build(parts, name, wait=wait)
            told = f"{name} is complete" if wait else f"{name} has {queued} passages to embed"
            _tell({"model": name, "queued": queued}, told, as_json=as_json)


def _add_compare(group: typer.Typer, parts: Parts) -> None:
    @group.command("compare")
    def run(
        name: _Name,
        judged: _Set,
        collection: _Collection,
        mode: _Mode = SearchMode.HYBRID,
        split: _Split = "test",
        lang: _Lang = None,
        margin: _Margin = _MARGIN,
        as_json: _Json = False,
    ) -> None:
        """Ask judged queries by a model and by the active one; exit 1 if it may be worse."""
        with reported():
            from cli import evaluation_report, models  # see build

            chosen = _judged(judged, collection, mode, split, lang)
            if chosen is None:
                raise Failure("name judged queries with --set and --collection", ExitCode.USAGE)
            compared = models.compare(parts, name, chosen, margin)
            if as_json:
                print(msgspec.json.encode(compared).decode())
            else:
                evaluation_report.show(compared.report, Console(highlight=False, markup=False))
            if not compared.verdict.is_not_worse:
                raise Failure(models.refusal(compared.verdict))


def _add_switch(group: typer.Typer, parts: Parts) -> None:
    @group.command("switch")
    def run(
        name: _Name,
        judged: _Set = None,
        collection: _Collection = None,
        mode: _Mode = SearchMode.HYBRID,
        split: _Split = "test",
        lang: _Lang = None,
        margin: _Margin = _MARGIN,
        force: Annotated[
            bool, Option("--force", help="Also when it may be worse, or was not compared.")
        ] = False,
        as_json: _Json = False,
    ) -> None:
        """Search by another model from now on, if it is complete and not worse."""
        with reported():
            from cli import models  # see build

            chosen = _judged(judged, collection, mode, split, lang)
            models.switch(parts, name, chosen, margin, force=force)
            _tell({"active": name}, f"{name} is active", as_json=as_json)


def _add_rollback(group: typer.Typer, parts: Parts) -> None:
    @group.command("rollback")
    def run(as_json: _Json = False) -> None:
        """Search by the model from now on that was active before."""
        with reported():
            from cli import models  # see build

            name = models.roll_back(parts)
            _tell({"active": name}, f"{name} is active", as_json=as_json)


def _add_remove(group: typer.Typer, parts: Parts) -> None:
    @group.command("remove")
    def run(name: _Name, as_json: _Json = False) -> None:
        """Drop the embeddings of a model that is not active."""
        with reported():
            from cli import models  # see build

            models.remove(parts, name)
            _tell({"removed": name}, f"the embeddings of {name} are gone", as_json=as_json)


def _judged(
    folder: Path | None,
    collections: list[str] | None,
    mode: SearchMode,
    split: str,
    lang: str | None,
) -> "JudgedSet | None":
    from cli import evaluation, models  # see build

    if folder is None and not collections:
        return None
    if folder is None or not collections:
        raise Failure("--set and --collection go together", ExitCode.USAGE)
    choice = evaluation.choice(split, lang, None)
    return models.JudgedSet(folder, collections, choice, mode)


def _show(found: list[Model], console: Console) -> None:
    for one in found:
        note = f"{one.progress:.1%}" if one.state == "building" else ""
        note = "rollback leads here" if one.is_previous else note
        line = f"{flat(one.name):32}  {one.state:10}  {one.dimension:5}  {note}"
        console.print(line.rstrip(), soft_wrap=True)


def _tell(answer: dict[str, object], line: str, *, as_json: bool) -> None:
    print(msgspec.json.encode(answer).decode() if as_json else line)
