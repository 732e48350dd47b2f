"""The commands that find: passages, documents like another, and words."""

from typing import Annotated
from uuid import UUID

import msgspec
import typer
from rich.console import Console
from typer import Argument, Option

from cli import facets, hits, named_collections
from cli.failures import ExitCode, Failure, reported
from cli.parts import Parts
from cli.text import count, flat
from ibid_contract import Filters, SearchMode, SearchRequest, SearchSort

_Json = Annotated[bool, Option("--json", help="Print JSON, for scripts.")]
_Words = Annotated[list[str], Argument(metavar="QUERY...", help="Words, or a question.")]


def add(app: typer.Typer, parts: Parts) -> None:
    _add_search(app, parts)
    _add_similar(app, parts)
    _add_complete(app, parts)


def _add_search(app: typer.Typer, parts: Parts) -> None:
    @app.command("search")
    def run(
        query: _Words,
        collection: Annotated[
            list[str] | None,
            Option("--collection", "-c", metavar="NAME", help="Only in this one; may be repeated."),
        ] = None,
        language: Annotated[
            list[str] | None,
            Option(metavar="CODE", help='Only in this one, such as "de"; may be repeated.'),
        ] = None,
        author: Annotated[
            list[str] | None, Option(metavar="NAME", help="Only by this one; may be repeated.")
        ] = None,
        mode: Annotated[SearchMode, Option(help="By words, by meaning, or both.")] = (
            SearchMode.HYBRID
        ),
        sort: Annotated[SearchSort, Option(help="What comes first.")] = SearchSort.RELEVANCE,
        facet: Annotated[
            list[str] | None,
            Option(
                metavar="NAME",
                help="Count hits by collection, media_type, language, author, date or"
                " metadata.KEY; may be repeated.",
            ),
        ] = None,
        limit: Annotated[int, Option("--limit", "-n", min=1, max=100, help="Hits at most.")] = 10,
        explain: Annotated[
            bool, Option("--explain", help="Show why, both scores, and times.")
        ] = False,
        as_json: _Json = False,
    ) -> None:
        """Find passages, the best one of each document."""
        with reported():
            settings = parts.settings()
            with parts.connect(settings) as client:
                inside = named_collections.find(client, collection or [])
                filters = Filters(languages=language or None, authors=author or None)
                request = SearchRequest(
                    query=" ".join(query),
                    collections=[one.id for one in inside] or None,
                    filters=None if filters == Filters() else filters,
                    mode=mode,
                    limit=limit,
                    facets=facet or [],
                    explain=explain,
                    sort=sort,
                )
                response = client.search(request)
                names = {} if as_json else facets.collection_names(client, response)
            if as_json:
                _print_json(response)
                return
            hits.show(response, settings.web_url, _console())
            facets.show(response, names, _console())


def _add_similar(app: typer.Typer, parts: Parts) -> None:
    @app.command("similar")
    def run(
        document: Annotated[str, Argument(metavar="DOCUMENT", help="Its id.")],
        passage: Annotated[
            str | None, Option(metavar="PASSAGE", help="Like this passage of it, by its id.")
        ] = None,
        limit: Annotated[int, Option("--limit", "-n", min=1, max=100, help="Hits at most.")] = 10,
        as_json: _Json = False,
    ) -> None:
        """Find documents that are about the same as one of them."""
        with reported():
            settings = parts.settings()
            document_id = _id(document)
            passage_id = _id(passage) if passage else None
            with parts.connect(settings) as client:
                response = client.find_similar(document_id, passage_id=passage_id, limit=limit)
            if as_json:
                _print_json(response)
            else:
                hits.show(response, settings.web_url, _console())


def _add_complete(app: typer.Typer, parts: Parts) -> None:
    @app.command("complete")
    def run(
        text: Annotated[list[str], Argument(metavar="TEXT...", help="Its last word is begun.")],
        limit: Annotated[int, Option("--limit", "-n", min=1, max=20, help="Texts at most.")] = 8,
        as_json: _Json = False,
    ) -> None:
        """Complete the last word by words of the documents, the most frequent first."""
        with reported():
            with parts.connect(parts.settings()) as client:
                completions = client.complete(" ".join(text), limit=limit)
            if as_json:
                _print_json(completions)
                return
            for one in completions.items:
                print(f"{flat(one.text)}  {count(one.documents, 'document')}")


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Failure(f"“{text}” is no id", ExitCode.USAGE) from None


def _console() -> Console:
    return Console(highlight=False, markup=False)


def _print_json(value: object) -> None:
    print(msgspec.json.encode(value).decode())
