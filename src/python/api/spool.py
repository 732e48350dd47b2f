"""An upload's bytes on disk: hashed on the way in, read back in parts, gone when closed."""

import asyncio
import errno
import hashlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from api.problems import TooLarge
from libs.corpus import PART_BYTES
from libs.errors import Unavailable


class DiskFull(Unavailable):
    """There is no room on the disk for this upload; try again later."""

    code: ClassVar[str] = "disk-full"


class Spool:
    """Bytes come in by ``write`` until ``finish``; then ``parts`` can be read, more than once.

    The file has no name, so nothing is left behind whatever happens to the process. Memory holds
    one part at a time; the disk is waited for in a thread.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self.file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - closed by exit
        self._max_bytes = max_bytes
        self._hash = hashlib.sha256()
        self._waiting = bytearray()
        self.size_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.file.close()

    @property
    def sha256(self) -> bytes:
        return self._hash.digest()

    async def write(self, data: bytes | bytearray) -> None:
        """Raises TooLarge or DiskFull."""
        self.size_bytes += len(data)
        if self.size_bytes > self._max_bytes:
            raise too_large(self._max_bytes)
        self._waiting += data
        if len(self._waiting) >= PART_BYTES:
            await self._flush()

    async def finish(self) -> None:
        if self._waiting:
            await self._flush()

    async def parts(self) -> AsyncIterator[bytes]:
        """Yield the bytes in parts of ``PART_BYTES``; the last may be smaller."""
        await asyncio.to_thread(self.file.seek, 0)
        while part := await asyncio.to_thread(self._read_part):
            yield part

    async def _flush(self) -> None:
        try:
            await asyncio.to_thread(self._store, self._waiting)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFull from error
            raise
        self._waiting = bytearray()

    def _store(self, data: bytearray) -> None:
        self._hash.update(data)
        rest = memoryview(data)
        while rest:
            rest = rest[self.file.write(rest) :]

    def _read_part(self) -> bytes:
        part = bytearray()
        while len(part) < PART_BYTES and (data := self.file.read(PART_BYTES - len(part))):
            part += data
        return bytes(part)


def too_large(max_bytes: int) -> TooLarge:
    return TooLarge(f"A document may have {max_bytes} bytes at most. Split it, or raise the limit.")
