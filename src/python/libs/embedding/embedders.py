"""Embedders by the names of their models, each loaded when it is first used."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from libs.embedding.embedder import TextEmbedder

MOST_LOADED = 2
"""The active model, and one that is compared with it."""

type Load = Callable[[str], TextEmbedder]


@dataclass(slots=True)
class _Loaded:
    embedder: TextEmbedder
    users: int = 0


class Embedders:
    """Holds at most ``MOST_LOADED``; for a further one, that which was used least lately goes."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._loaded: dict[str, _Loaded] = {}  # by last use
        self._loading = asyncio.Lock()

    @asynccontextmanager
    async def use(self, name: str) -> AsyncIterator[TextEmbedder]:
        """Yield the embedder of a model; it stays loaded for the length of the block.

        Raises what loading it raises.
        """
        one = self._loaded.pop(name, None)
        if one is None:
            one = await self._load_once(name)
            self._loaded.pop(name, None)
        self._loaded[name] = one
        one.users += 1
        try:
            yield one.embedder
        finally:
            one.users -= 1

    async def close(self) -> None:
        """Unload all of them; nobody may be using any."""
        while self._loaded:
            await asyncio.to_thread(self._loaded.popitem()[1].embedder.close)

    async def _load_once(self, name: str) -> _Loaded:
        async with self._loading:
            if name not in self._loaded:
                await self._make_room()
                self._loaded[name] = _Loaded(await asyncio.to_thread(self._load, name))
            return self._loaded[name]

    async def _make_room(self) -> None:
        idle = [name for name, one in self._loaded.items() if not one.users]
        if len(self._loaded) >= MOST_LOADED and idle:
            await asyncio.to_thread(self._loaded.pop(idle[0]).embedder.close)
