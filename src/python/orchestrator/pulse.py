"""Whether the event loop still turns."""

import asyncio
import time

_BEAT_SECONDS = 1.0
_STUCK_SECONDS = 30.0


class Pulse:
    def __init__(self) -> None:
        self._last = time.monotonic()

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            self._last = time.monotonic()
            await asyncio.sleep(_BEAT_SECONDS)

    def stuck(self) -> str | None:
        """Return why the process should be restarted; may be asked from any thread."""
        age = time.monotonic() - self._last
        return f"the event loop stood still for {age:.0f} s" if age > _STUCK_SECONDS else None
