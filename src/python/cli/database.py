"""What the owner of the database does: the schema, and the first workspace."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg import pq
from psycopg.conninfo import make_conninfo

from cli.failures import ExitCode, Failure
from cli.postgres import patiently, say, told
from libs.accounts import bootstrap, register
from libs.postgres.migrate import migrate, rehearse
from libs.settings import CliSettings


@dataclass(frozen=True, slots=True)
class Login:
    """The services' login, as options name it; the password is read from a file."""

    user: str
    password_file: Path | None


def bring_up_to_date(
    settings: CliSettings, login: Login | None = None, *, wait_seconds: float = 0
) -> str:
    """Migrate, and return the revision. Safe to repeat.

    The services' login is that of ``IBID_DATABASE_URL`` unless another is given. A database that
    cannot be reached is waited for.
    """
    owner_url = _owner_url(settings)
    app_url = settings.database_url if login is None else _conninfo(login)

    def attempt() -> str:
        with told():
            return migrate(owner_url, app_url, on_wait=lambda reason: say(f"waiting: {reason}"))

    return patiently(attempt, wait_seconds, {ExitCode.UNREACHABLE})


def check(settings: CliSettings, login: Login | None = None, *, wait_seconds: float = 0) -> None:
    """Find out whether the database could be migrated and reached. Changes nothing.

    Raises:
        Failure: it could not; where a server does not answer, once the time is over.
    """
    owner_url = _owner_url(settings)
    app_url = settings.database_url if login is None else _conninfo(login)

    def attempt() -> None:
        with told():
            rehearse(owner_url, app_url)
        if settings.database_url is not None and not _answers(settings.database_url):
            raise Failure("IBID_DATABASE_URL: no PostgreSQL answers there", ExitCode.UNREACHABLE)

    patiently(attempt, wait_seconds, {ExitCode.UNREACHABLE})


def _answers(url: str) -> bool:
    """Whether a server is there, whatever it says to the login, which may not be made yet."""
    conninfo = make_conninfo(url, connect_timeout=10).encode()
    return pq.PGconn.ping(conninfo) in {pq.Ping.OK, pq.Ping.REJECT}


def make_key(settings: CliSettings, workspace: str, name: str, *, once: bool) -> str | None:
    """Return a new key for the workspace, which is made when it is not there.

    With ``once``, a workspace that is there gets no further key: then None.
    """
    with told():
        return bootstrap(_owner_url(settings), workspace, name, add_key=not once)


def keep_key(settings: CliSettings, workspace: str, name: str, path: Path, *, once: bool) -> bool:
    """See to it that the file holds a key of the workspace; False if nothing was to be done.

    A key that is in the file is registered, and the file stays as it is. Otherwise a new key is
    made, unless ``once`` and the workspace is there; at any time only its owner may read the file.

    Raises:
        Failure: the file holds something else, or a key that was revoked or is another workspace's.
    """
    token = _read(path)
    if token is not None:
        try:
            with told():
                return register(_owner_url(settings), workspace, name, token)
        except Failure as failure:
            if failure.code is ExitCode.FAILED:
                raise Failure(f"{path}: {failure}") from failure
            raise
    with told(), _replaced(path) as write:
        token = bootstrap(_owner_url(settings), workspace, name, add_key=not once)
        if token is None:
            return False
        write(token)
    return True


def _conninfo(login: Login) -> str:
    password = None
    if login.password_file is not None:
        password = _read(login.password_file)
        if not password:
            reason = "is not there" if password is None else "is empty"
            raise Failure(f"{login.password_file} {reason}", ExitCode.USAGE)
    return make_conninfo(user=login.user, password=password)


def _owner_url(settings: CliSettings) -> str:
    if settings.migration_database_url is None:
        raise Failure("IBID_MIGRATION_DATABASE_URL: not set", ExitCode.USAGE)
    return settings.migration_database_url


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
