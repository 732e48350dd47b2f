"""The models that a process can embed by, and what the installation says to them."""

from collections.abc import Sequence

import structlog

from libs.models.model import Described
from libs.models.states import Models
from libs.postgres.pool import Connection

log = structlog.get_logger(__name__)


class KnownModels:
    """``preferred`` is what a new installation begins with."""

    def __init__(self, models: Sequence[Described], preferred: str) -> None:
        self._models = models
        self._preferred = preferred
        self.usable: frozenset[str] = frozenset()
        """Those that are what the installation knows by their names; none before ``introduce``."""

    async def problem(self, connection: Connection) -> str | None:
        """Return why this process cannot work with the active model, None if it can."""
        await self.introduce(connection)
        active = await Models(connection).active()
        if active in self.usable:
            return None
        if active in {model.name for model in self._models}:
            return (
                f"the weights of {active} are not those that embedded the passages; new weights"
                " need a new name"
            )
        return f"the active model is {active}, which this service does not have: docs/models.md"

    async def introduce(self, connection: Connection) -> None:
        """Make the models known, once; the preferred one becomes active where none was chosen."""
        if self.usable:
            return
        models = Models(connection)
        usable = frozenset([one.name for one in self._models if await models.offer(one)])
        for refused in {one.name for one in self._models} - usable:
            log.error("model.other_weights", model=refused)
        if self._preferred in usable and await models.adopt(self._preferred):
            log.info("model.adopted", model=self._preferred)
        self.usable = usable
