"""Whether the database's schema is the one that this build needs. Changes nothing."""

import msgspec

from cli.failures import ExitCode, Failure
from cli.postgres import patiently, told
from libs.postgres.schema import REQUIRED_REVISION, read_revision, revision_problem
from libs.settings import CliSettings

_CONNECT_SECONDS = 5


class Schema(msgspec.Struct, frozen=True):
    """``revision`` is that of the database."""

    revision: str
    required: str


def await_schema(settings: CliSettings, wait_seconds: float) -> Schema:
    """Return the schema once it is as new as this build needs it.

    Raises:
        Failure: it is older, or cannot be asked, and the time is over.
    """
    if settings.database_url is None:
        raise Failure("IBID_DATABASE_URL: not set", ExitCode.USAGE)
    url = settings.database_url

    def ask() -> Schema:
        with told():
            revision = read_revision(url, _CONNECT_SECONDS)
        problem = revision_problem(revision)
        if problem is not None or revision is None:
            raise Failure(str(problem))
        return Schema(revision, REQUIRED_REVISION)

    # also a role that is missing, or may not read yet: the migration makes it
    return patiently(ask, wait_seconds, {ExitCode.FAILED, ExitCode.UNREACHABLE})
