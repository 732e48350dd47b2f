"""What kind of document an upload is."""

import asyncio
import io
from typing import IO, cast

from api.spool import Spool
from libs.extraction import detect

_MOST_AT_ONCE = 1 << 20


class _Bounded(io.RawIOBase):
    """A file that refuses to be read in large pieces.

    A zip's directory is read whole, and may claim to be as large as the upload.
    """

    def __init__(self, file: io.RawIOBase) -> None:
        self._file = file

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int = -1) -> bytes | None:
        if not 0 <= size <= _MOST_AT_ONCE:
            raise OSError("too much at once")
        return self._file.read(size)


async def media_type_of(spool: Spool, file_name: str) -> str:
    """Raises UnsupportedMediaType, or EmptyDocument where there is no byte."""
    media_type = await asyncio.to_thread(detect, cast(IO[bytes], _Bounded(spool.file)), file_name)
    return media_type.value
