"""``python -m libs.drain FILE SECONDS``: set the drain flag, then wait.

What Kubernetes runs before it stops a container (``preStop``). Meanwhile the service answers on,
asks its clients to connect anew elsewhere, and everybody learns that it is not ready.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str]) -> int:
    """Return the exit code; what is wrong is a line on stderr."""
    try:
        file, seconds = arguments
        pause = float(seconds)
        if not 0 <= pause <= 86_400:
            raise ValueError(seconds)
    except ValueError:
        print("usage: python -m libs.drain FILE SECONDS", file=sys.stderr)
        return 2
    try:
        Path(file).touch()
    except OSError as error:
        # the container stops all the same: give those in front the time to notice
        print(f"ibid: the drain flag {file} cannot be set: {error.strerror}", file=sys.stderr)
        time.sleep(pause)
        return 1
    time.sleep(pause)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
