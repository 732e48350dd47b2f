"""A search for nothing: a connection and this process learn by it what the first search needs."""

from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from libs.embedding import Model
from libs.postgres.pool import Connection
from libs.search.ahead import Beginning
from libs.search.model import Filters, Query
from libs.search.search import find

_NOBODY = UUID(int=0)


async def warm_up(connection: Connection, model: Model) -> None:
    """Run the statements of a search, in a workspace that there is not, on no document.

    The process behind a connection reads the catalogues and compiles the functions when they are
    first called: that search takes three times as long as the next. Leaves a transaction open.
    """

    async def embed(_: str) -> NDArray[np.float32]:
        vector = np.zeros(model.dimension, np.float32)
        vector[0] = 1
        return vector

    await connection.execute("select set_config('ibid.workspace', %s, true)", [str(_NOBODY)])
    nothing = Query("lamp", filters=Filters(documents=[]))
    await find(connection, nothing, embed, model, lambda _: True, Beginning(["en"]))
