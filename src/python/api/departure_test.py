import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from api.departure import CallerLeft, while_wanted


def _request(*messages: str, then: asyncio.Event | None = None) -> Any:
    left = list(messages)

    async def receive() -> dict[str, str]:
        if not left:
            await (then or asyncio.Event()).wait()
        return {"type": left.pop(0) if left else "http.disconnect"}

    return cast(Any, SimpleNamespace(receive=receive))


async def test_what_is_waited_for_is_returned() -> None:
    async def work() -> int:
        await asyncio.sleep(0)
        return 7

    assert await while_wanted(_request("http.request"), work()) == 7


async def test_an_error_of_the_work_is_its_own() -> None:
    async def work() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        await while_wanted(_request(), work())


async def test_work_is_cancelled_once_the_caller_has_left() -> None:
    began, cancelled, leaves = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    wanted = asyncio.create_task(while_wanted(_request(then=leaves), work()))
    await began.wait()
    leaves.set()
    with pytest.raises(CallerLeft):
        await wanted
    assert cancelled.is_set()
