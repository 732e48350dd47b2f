"""The commands of ``ibid eval`` and their options."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from typer import Argument, Option

from cli.failures import reported
from cli.parts import Parts

_Folder = Annotated[
    Path,
    Argument(metavar="FOLDER", help="With corpus.jsonl, queries.jsonl and qrels.tsv, as BEIR has."),
]
_Lang = Annotated[
    str | None, Option("--lang", metavar="CODE", help="Only what has this “lang” in the set.")
]


_Json = Annotated[bool, Option("--json", help="Print JSON, for scripts.")]


def add(app: typer.Typer, parts: Parts) -> None:
    group = typer.Typer(
        help="Measure searches on judged queries.", no_args_is_help=True, rich_markup_mode=None
    )
    app.add_typer(group, name="eval")
    _add_load(group, parts)
    _add_run(group, parts)
    _add_export(group, parts)


def _add_load(group: typer.Typer, parts: Parts) -> None:
    @group.command("load")
    def run(
        folder: _Folder,
        collection: Annotated[
            str, Option("--collection", "-c", metavar="NAME", help="Made when it is not there.")
        ],
        lang: _Lang = None,
        as_json: _Json = False,
    ) -> None:
        """Upload the documents of a judged set, and wait until they can be found.

        Running it again uploads what is missing.
        """
        with reported():
            # here, as numpy takes longer to import than a search takes
            from cli import evaluation

            done = evaluation.load(parts, folder, collection, lang)
            told = f"{done.uploaded} uploaded, {done.unchanged} there already"
            _tell(done, f"{told}, in the collection “{collection}”", as_json=as_json)


def _add_run(group: typer.Typer, parts: Parts) -> None:
    @group.command("run")
    def run(
        folder: _Folder,
        collection: Annotated[
            list[str],
            Option("--collection", "-c", metavar="NAME", help="Where to search; may be repeated."),
        ],
        a: Annotated[
            str, Option("--a", metavar="HOW", help="A mode, or JSON with fields of a search.")
        ] = "hybrid",
        b: Annotated[
            str | None, Option("--b", metavar="HOW", help="What to compare it with.")
        ] = None,
        split: Annotated[
            str, Option(metavar="NAME", help="Of qrels-NAME.tsv or qrels/NAME.tsv.")
        ] = "test",
        half: Annotated[
            str | None, Option(metavar="odd|even", help="Every second query only.")
        ] = None,
        lang: _Lang = None,
        save: Annotated[
            bool, Option("--save", help="Keep it for the evaluation page of the dashboard.")
        ] = False,
        as_json: _Json = False,
    ) -> None:
        """Ask the judged queries in one or two ways, and print how good the rankings are."""
        with reported():
            from cli import evaluation, evaluation_report  # see load

            choice = evaluation.choice(split, lang, half)
            report = evaluation.run(parts, folder, collection, choice, a, b, save=save)
            if as_json:
                print(msgspec.json.encode(report).decode())
            else:
                evaluation_report.show(report, Console(highlight=False, markup=False))


def _add_export(group: typer.Typer, parts: Parts) -> None:
    @group.command("export")
    def run(
        folder: Annotated[Path, Argument(metavar="FOLDER", help="Made, or empty.")],
        collection: Annotated[
            list[str] | None,
            Option(
                "--collection",
                "-c",
                metavar="NAME",
                help="Only its documents, instead of all; may be repeated.",
            ),
        ] = None,
        as_json: _Json = False,
    ) -> None:
        """Write what people judged, by thumbs and clicks, as a set of judged queries."""
        with reported():
            from cli import evaluation_saved  # see load

            done = evaluation_saved.export(parts, folder, collection or ())
            told = f"{done.queries} queries, {done.judgements} judgements"
            _tell(done, f"{told}, {done.documents} documents in {folder}", as_json=as_json)


def _tell(done: msgspec.Struct, line: str, *, as_json: bool) -> None:
    print(msgspec.json.encode(done).decode() if as_json else line)
