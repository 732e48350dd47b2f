"""The commands and their options. Each says what it takes, and hands over."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from typer import Argument, Option

from cli import evaluation_app, model_app, search_app
from cli.failures import ExitCode, Failure, reported
from cli.parts import Parts
from cli.status import ask, show
from cli.upload import upload

VERSION = "0.1.0"

_Json = Annotated[bool, Option("--json", help="Print JSON, for scripts.")]
_Wait = Annotated[
    float,
    Option("--wait", metavar="SECONDS", min=0, help="How long to wait for what is not there yet."),
]
_Workspace = Annotated[
    str, Option("--workspace", metavar="NAME", help="Made when it is not there.")
]


def create_app(parts: Parts) -> typer.Typer:
    """Return the ``ibid`` command."""
    app = typer.Typer(
        help="Ibid: document search that shows where it stands.",
        epilog="Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not reachable, 4 denied.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    _add_upload(app, parts)
    search_app.add(app, parts)
    _add_status(app, parts)
    _add_version(app, parts)
    for add in (_add_migrate, _add_schema, _add_bootstrap):
        add(app, parts)
    evaluation_app.add(app, parts)
    model_app.add(app, parts)
    return app


def _add_upload(app: typer.Typer, parts: Parts) -> None:
    @app.command("upload")
    def run(
        paths: Annotated[list[Path], Argument(metavar="PATH...", help="Folders and documents.")],
        collection: Annotated[
            str, Option("--collection", "-c", metavar="NAME", help="Made when it is not there.")
        ] = "Documents",
        wait: Annotated[
            bool, Option("--wait", help="Return when the documents can be found.")
        ] = False,
        parallel: Annotated[int, Option(min=1, max=32, help="Uploads at a time.")] = 4,
        as_json: _Json = False,
    ) -> None:
        """Upload documents, and all documents below folders.

        Running it again uploads what has changed: a document is known by its path below the
        folder. Hidden files are left out.
        """
        with reported():
            if not upload(parts, paths, collection, parallel=parallel, wait=wait, as_json=as_json):
                raise typer.Exit(ExitCode.FAILED)


def _add_status(app: typer.Typer, parts: Parts) -> None:
    @app.command("status")
    def run(as_json: _Json = False) -> None:
        """Show services, workspace, documents and jobs; exit 1 if a service is not ready."""
        with reported():
            status = ask(parts)
            if as_json:
                _print_json(status)
            else:
                show(status, _console())
            if not status.is_ready:
                raise typer.Exit(ExitCode.FAILED)


def _add_migrate(app: typer.Typer, parts: Parts) -> None:
    @app.command("migrate")
    def run(
        app_user: Annotated[
            str | None,
            Option(
                metavar="NAME",
                help="The login of the services, made when it is not there. Otherwise that of"
                " IBID_DATABASE_URL.",
            ),
        ] = None,
        app_password_file: Annotated[
            Path | None,
            Option(metavar="PATH", help="Its password; it is changed when it is another."),
        ] = None,
        wait: _Wait = 0,
        check: Annotated[
            bool, Option("--check", help="Only say whether it could be done; change nothing.")
        ] = False,
        as_json: _Json = False,
    ) -> None:
        """Bring the database's schema up to date, and set up the services' login.

        Safe to repeat, and to run twice at the same time.
        """
        with reported():
            # here, as Alembic takes longer to import than a search takes
            from cli import database

            if app_user is None and app_password_file is not None:
                raise Failure("--app-password-file needs --app-user", ExitCode.USAGE)
            login = database.Login(app_user, app_password_file) if app_user else None
            if check:
                database.check(parts.settings(), login, wait_seconds=wait)
                print('{"can_migrate":true}' if as_json else "the database can be migrated")
                return
            revision = database.bring_up_to_date(parts.settings(), login, wait_seconds=wait)
            if as_json:
                _print_json({"revision": revision})
            else:
                print(f"the schema is at revision {revision}")


def _add_schema(app: typer.Typer, parts: Parts) -> None:
    @app.command("schema")
    def run(wait: _Wait = 0, as_json: _Json = False) -> None:
        """Say whether the database's schema is as new as this build needs it; if not, exit 1."""
        with reported():
            from cli.schema import await_schema

            schema = await_schema(parts.settings(), wait)
            if as_json:
                _print_json(schema)
            else:
                print(f"the schema is at {schema.revision}, and {schema.required} is needed")


def _add_bootstrap(app: typer.Typer, parts: Parts) -> None:
    @app.command("bootstrap")
    def run(
        workspace: _Workspace = "Main",
        name: Annotated[str, Option("--key-name", metavar="NAME", help="Of the key.")] = "owner",
        key_file: Annotated[
            Path | None,
            Option(
                metavar="PATH",
                help="Register the key that is in this file; where there is no file, keep the new"
                " key there, mode 0600.",
            ),
        ] = None,
        once: Annotated[
            bool, Option("--once", help="No further key where the workspace is there.")
        ] = False,
        as_json: _Json = False,
    ) -> None:
        """Make a workspace and an API key for it, which is printed, kept in a file, or there."""
        with reported():
            from cli import database  # see migrate

            settings = parts.settings()
            if key_file is not None:
                is_new = database.keep_key(settings, workspace, name, key_file, once=once)
                answer: dict[str, object] = {"key_file": str(key_file), "is_new": is_new}
                line = f"{'a new' if is_new else 'the'} key of “{workspace}” is in {key_file}"
            else:
                key = database.make_key(settings, workspace, name, once=once)
                answer = {"api_key": key}
                line = key or f"the workspace “{workspace}” is there already"
            if as_json:
                _print_json({"workspace": workspace, **answer})
            else:
                print(line)


def _add_version(app: typer.Typer, _: Parts) -> None:
    @app.command("version")
    def run(as_json: _Json = False) -> None:
        """Print the version of this command."""
        if as_json:
            _print_json({"version": VERSION})
        else:
            print(f"ibid {VERSION}")


def _console() -> Console:
    return Console(highlight=False, markup=False)


def _print_json(value: object) -> None:
    print(msgspec.json.encode(value).decode())
