"""The drain flag: set before a service stops, so that no new request is sent its way."""

import time
from pathlib import Path

_STAT_SECONDS = 0.1


class DrainFlag:
    """Set while its file is there, or once ``set`` was called. Cheap to read for each request."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._set = False
        self._seen = False
        self._look_at = 0.0

    def set(self) -> None:
        """Drain for good, as on SIGTERM."""
        self._set = True

    @property
    def is_set(self) -> bool:
        now = time.monotonic()
        if self._path is not None and now >= self._look_at:
            self._seen = self._path.exists()
            self._look_at = now + _STAT_SECONDS
        return self._set or self._seen
