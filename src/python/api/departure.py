"""Work that nobody waits for any more is given up."""

from asyncio import FIRST_COMPLETED, create_task, wait
from collections.abc import Coroutine
from typing import Any

from litestar import Request
from litestar.types import Receive

from libs.errors import BadQuery


class CallerLeft(BadQuery):
    """The caller left before the answer was there."""

    code = "caller-left"


async def while_wanted[T](request: Request[Any, Any, Any], work: Coroutine[Any, Any, T]) -> T:
    """Return what the work gives; cancel it, and with it what the database does for it, once the
    caller has closed the connection. The request's body has been read.

    Raises:
        CallerLeft: the caller has; nobody reads the problem that comes of it.
    """
    task, departure = create_task(work), create_task(_departure(request.receive))
    try:
        await wait({task, departure}, return_when=FIRST_COMPLETED)
        if not task.done():
            raise CallerLeft
        return task.result()
    finally:
        departure.cancel()
        if task.cancel():
            await wait({task})


async def _departure(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
