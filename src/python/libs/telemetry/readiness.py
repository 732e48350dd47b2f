"""Whether a service can work: its checks, run now and then, with patience for a short outage."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

import structlog

log = structlog.get_logger(__name__)

type Check = Callable[[], Awaitable[str | None]]
"""Returns None where all is well, otherwise the reason, a sentence.

An exception is a reason, too. What it says may hold a secret: it is logged, where secrets are taken
out, and only its type is told.
"""

_INTERVAL_SECONDS = 2.0
_CHECK_SECONDS = 5.0
_PATIENCE_SECONDS = 10.0


class Readiness:
    """Remembers when each check last passed, so that asking costs nothing.

    A service is ready once every check has passed, and stays so until one has failed for ten
    seconds on end: a restart of PostgreSQL must not take every replica away at once.
    """

    def __init__(
        self, checks: Mapping[str, Check], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._checks = checks
        self._clock = clock
        self._passed: dict[str, float] = {}
        self._reasons = dict.fromkeys(checks, "not checked yet")

    async def watch(self) -> None:
        """Run the checks again and again, until cancelled."""
        while True:
            await self.check()
            await asyncio.sleep(_INTERVAL_SECONDS)

    async def check(self) -> None:
        """Run all checks once, side by side."""
        await asyncio.gather(*(self._run(name, check) for name, check in self._checks.items()))

    def reasons(self) -> dict[str, str]:
        """Why the service is not ready, by check; empty when it is."""
        patience = self._clock() - _PATIENCE_SECONDS
        return {
            name: reason
            for name, reason in self._reasons.items()
            if self._passed.get(name, float("-inf")) < patience
        }

    async def _run(self, name: str, check: Check) -> None:
        try:
            async with asyncio.timeout(_CHECK_SECONDS):
                reason = await check()
        except Exception as error:
            reason = _sentence(error)
            if self._reasons.get(name) != reason:
                log.warning("readiness.check_failed", check=name, error=repr(error))
        if reason is None:
            self._passed[name] = self._clock()
            self._reasons.pop(name, None)
        else:
            self._reasons[name] = reason


def _sentence(error: Exception) -> str:
    kind = type(error).__name__
    if isinstance(error, TimeoutError):
        return f"no answer in time ({kind}): see whether it runs and is overloaded"
    return f"not reached, or it refuses ({kind}): see whether it runs, and what this service logs"
