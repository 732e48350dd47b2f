"""Children that do not outlive their parent."""

import os
import signal
import sys
from collections.abc import Sequence

from libs.embedded import launcher


def launched(command: Sequence[str]) -> list[str]:
    """Return ``command`` as one that gets SIGTERM when the thread that starts it ends."""
    numbers = (-1, -1, int(signal.SIGTERM), os.getpid(), 0)
    return [sys.executable, "-ISE", launcher.__file__, *map(str, numbers), *command]
