"""``python -m libs.schema_wait SECONDS``: wait for the schema that this build needs.

What Kubernetes runs before a service of a pod. `ibid schema` is the same for people: it loads the
whole command line, which takes four times the CPU time, and in a rollout several start at once.
"""

import os
import sys
from collections.abc import Mapping, Sequence

from libs.postgres.schema import REQUIRED_REVISION
from libs.schema_wait import NotReady, await_schema
from libs.settings import CliSettings, SettingsError, load


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Return the exit code; what is waited for, and what is wrong, are lines on stderr."""
    try:
        [seconds] = map(float, arguments)
    except ValueError:
        _say("usage: python -m libs.schema_wait SECONDS")
        return 2
    try:
        url = load(CliSettings, environ).database_url
        if url is None:
            raise SettingsError("IBID_DATABASE_URL: not set")
        revision = await_schema(url, seconds, _say)
    except SettingsError as error:
        _say(str(error))
        return 2
    except NotReady as missing:
        _say(str(missing))
        return 1 if missing.is_reached else 3
    print(f"the schema is at {revision}, and {REQUIRED_REVISION} is needed")
    return 0


def _say(line: str) -> None:
    print(f"ibid: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
