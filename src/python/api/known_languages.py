"""Languages that need not be asked for before the words of a search are looked up."""

from collections.abc import Sequence
from uuid import UUID

type _Collections = tuple[UUID, ...] | None


class KnownLanguages:
    """Which languages the searched documents had when they were last searched.

    Every search asks which they have by now, and looks its words up again where these differ.
    """

    _MOST = 1000

    def __init__(self) -> None:
        self._known: dict[tuple[UUID, _Collections], Sequence[str]] = {}

    def get(self, workspace_id: UUID, collections: Sequence[UUID] | None) -> Sequence[str] | None:
        return self._known.get((workspace_id, _key(collections)))

    def add(
        self, workspace_id: UUID, collections: Sequence[UUID] | None, languages: Sequence[str]
    ) -> None:
        if len(self._known) >= self._MOST:
            self._known.clear()
        self._known[workspace_id, _key(collections)] = languages


def _key(collections: Sequence[UUID] | None) -> _Collections:
    return None if collections is None else tuple(collections)
