"""What the owner of the database does: the schema, and the first workspace."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from cli.failures import ExitCode, Failure
from libs.accounts import bootstrap
from libs.postgres.migrate import migrate
from libs.settings import CliSettings


def bring_up_to_date(settings: CliSettings) -> str:
    """Migrate, and return the revision. Safe to repeat."""
    with _told():
        return migrate(_owner_url(settings), settings.database_url)


def make_key(settings: CliSettings, workspace: str, name: str, *, once: bool) -> str | None:
    """Return a new key for the workspace, which is made when it is not there.

    With ``once``, a workspace that is there gets no further key: then None.
    """
    with _told():
        return bootstrap(_owner_url(settings), workspace, name, add_key=not once)


def keep_key(settings: CliSettings, workspace: str, name: str, path: Path, *, once: bool) -> bool:
    """See to it that the file holds a key of the workspace; False if nothing was to be done.

    The file is replaced in one step, and at any time only its owner may read it. With ``once``, a
    workspace that is there gets no further key.
    """
    known = _read(path)
    with _told(), _replaced(path) as write:
        token = bootstrap(
            _owner_url(settings), workspace, name, known_token=known, add_key=not once
        )
        if token is None or token == known:
            return False
        write(token)
    return True


def _owner_url(settings: CliSettings) -> str:
    if settings.migration_database_url is None:
        raise Failure("IBID_MIGRATION_DATABASE_URL: not set", ExitCode.USAGE)
    return settings.migration_database_url


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        # SQLAlchemy, under Alembic, wraps the errors of the driver
        cause = getattr(error, "orig", error)
        if isinstance(cause, psycopg.errors.UndefinedFunction):
            raise Failure("the database has no schema yet; run: ibid migrate") from error
        if isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
            raise Failure(_first_line(cause), ExitCode.UNREACHABLE) from error
        if isinstance(cause, psycopg.Error):
            raise Failure(f"the database refused: {_first_line(cause)}") from error
        raise


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__


def _read(path: Path) -> str | None:
    try:
        return path.read_text("utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeError) as error:
        raise Failure(f"{path} cannot be read: {_reason(error)}") from error


@contextmanager
def _replaced(path: Path) -> Iterator[Callable[[str], None]]:
    """Yield what writes a line to the file; nothing changes when it is not called.

    The new file is opened first: a key that could not be kept must not be made.
    """
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise Failure(f"{path} cannot be written: {_reason(error)}") from error

    def write(line: str) -> None:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())
        new.replace(path)

    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            yield write
    finally:
        new.unlink(missing_ok=True)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or "it is not text"
