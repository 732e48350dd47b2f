"""Which models there are, as services see them."""

from collections.abc import Sequence

from psycopg.rows import kwargs_row, scalar_row

from libs.models.model import Described, ModelRow, ModelState, model_row
from libs.models.sql import STATEMENTS
from libs.postgres.pool import Connection


class Models:
    """In the caller's transaction; no workspace is needed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def list(self) -> Sequence[ModelRow]:
        """The active one first, then those that are kept, then those that are known."""
        async with self._connection.cursor(row_factory=kwargs_row(model_row)) as cursor:
            await cursor.execute(STATEMENTS["list"])
            return await cursor.fetchall()

    async def states(self) -> dict[str, ModelState]:
        """The state of each model by its name. Takes no time however much there is to embed."""
        cursor = await self._connection.execute(STATEMENTS["states"])
        return {name: ModelState(state) for name, state in await cursor.fetchall()}

    async def active(self) -> str:
        return str(await self._scalar("active"))

    async def hold_active(self) -> str:
        """Return the active model's name; none is switched to before the transaction ends."""
        return str(await self._scalar("hold_active"))

    async def offer(self, model: Described) -> bool:
        """Make the model known; False if its name is that of other weights, which stay."""
        kept = await self._scalar(
            "offer",
            name=model.name,
            dimension=model.dimension,
            max_tokens=model.max_tokens,
            query_prefix=model.query_prefix,
            passage_prefix=model.passage_prefix,
            fingerprint=model.fingerprint,
        )
        return kept == model.fingerprint

    async def adopt(self, name: str) -> bool:
        """Make a known model the first active one of an installation; return whether it did.

        It does not once anything is published, or a model was chosen before.
        """
        return bool(await self._scalar("adopt", name=name))

    async def settle_builds(self) -> Sequence[str]:
        """Return the models that are complete since now."""
        cursor = await self._connection.execute(STATEMENTS["settle"])
        return [row[0] for row in await cursor.fetchall()]

    async def _scalar(self, statement: str, **parameters: object) -> object:
        async with self._connection.cursor(row_factory=scalar_row) as cursor:
            await cursor.execute(STATEMENTS[statement], parameters)
            return await cursor.fetchone()
