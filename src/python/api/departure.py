"""Work that nobody waits for any more is given up."""

from asyncio import FIRST_COMPLETED, Task, create_task, get_running_loop, wait
from collections.abc import Coroutine
from typing import Any

from litestar import Request
from litestar.types import Receive

from libs.errors import BadQuery


class CallerLeft(BadQuery):
    """The caller left before the answer was there."""

    code = "caller-left"


_UNWATCHED_SECONDS = 0.05
"""Most work has ended by then. To watch the caller too took a fiftieth of a search's CPU time."""


async def while_wanted[T](request: Request[Any, Any, Any], work: Coroutine[Any, Any, T]) -> T:
    """Return what the work gives; cancel it, and with it what the database does for it, once the
    caller has closed the connection. The request's body has been read.

    Raises:
        CallerLeft: the caller has; nobody reads the problem that comes of it.
    """
    task = Task(work, loop=get_running_loop(), eager_start=True)
    try:
        await wait({task}, timeout=_UNWATCHED_SECONDS)
        if not task.done():
            await _wait_for_either(task, request.receive)
        return task.result()
    finally:
        if task.cancel():
            await wait({task})


async def _wait_for_either(task: Task[Any], receive: Receive) -> None:
    departure = create_task(_departure(receive))
    try:
        await wait({task, departure}, return_when=FIRST_COMPLETED)
    finally:
        departure.cancel()
    if not task.done():
        raise CallerLeft


async def _departure(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
