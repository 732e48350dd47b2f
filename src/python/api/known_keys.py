"""Keys that need not be looked up before their transaction looks them up again."""

import time

from libs.accounts import Credentials, Principal


class KnownKeys:
    """Whose keys they are that were valid a while ago.

    This saves an exchange with the database, and no check: every transaction of a Tenant begins by
    asking whether its key still holds.
    """

    _MOST, _SECONDS = 1000, 60.0

    def __init__(self) -> None:
        self._known: dict[Credentials, tuple[Principal, float]] = {}

    def get(self, credentials: Credentials) -> Principal | None:
        principal, until = self._known.get(credentials, (None, 0.0))
        return principal if time.monotonic() < until else None

    def add(self, credentials: Credentials, principal: Principal) -> None:
        if len(self._known) >= self._MOST:
            self._known.clear()
        self._known[credentials] = principal, time.monotonic() + self._SECONDS
