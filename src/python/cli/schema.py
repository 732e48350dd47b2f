"""Whether the database's schema is the one that this build needs. Changes nothing."""

import msgspec

from cli.failures import ExitCode, Failure
from cli.postgres import say
from libs.postgres.schema import REQUIRED_REVISION
from libs.schema_wait import NotReady
from libs.schema_wait import await_schema as await_revision
from libs.settings import CliSettings


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

    try:
        revision = await_revision(settings.database_url, wait_seconds, say)
    except NotReady as missing:
        code = ExitCode.FAILED if missing.is_reached else ExitCode.UNREACHABLE
        raise Failure(str(missing), code) from missing
    return Schema(revision, REQUIRED_REVISION)
