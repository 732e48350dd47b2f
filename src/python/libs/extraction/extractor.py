"""Read documents and draw pages in processes of their own, with limits on time and memory."""

import asyncio
import itertools
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Self

from msgspec import DecodeError, ValidationError

from libs.errors import Unavailable
from libs.extraction.errors import (
    UNREADABLE,
    Broken,
    OutOfMemory,
    TimedOut,
    TooLarge,
    Unreadable,
)
from libs.extraction.model import Extracted, Highlight, Limits, MediaType
from libs.extraction.wire import (
    MAX_MESSAGE,
    Answer,
    DrawRequest,
    KillRequest,
    Picture,
    ReadRequest,
    Text,
    Work,
    decode_answer,
    decode_ended,
    encode,
)

_PIECE = 256 * 1024
_STOP_SECONDS = 5.0
_MOST_BYTES_A_CHARACTER = 4
_SPARE_BYTES = 64 * 1024**2  # for pages and pictures


class Extractor:
    """Reads documents outside of this process; a document can harm nothing but its own reading.

    One small reader process waits and forks for each document. It starts at the first use, and
    again if it was killed. Belongs to one event loop.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._ids = itertools.count(1)
        self._ended: dict[int, asyncio.Future[int]] = {}
        self._server: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """End the reader process and all that it is reading."""
        self._lose_channel()
        server, self._server = self._server, None
        if server is None:
            return
        try:
            await asyncio.to_thread(server.wait, _STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            await asyncio.to_thread(server.wait)

    async def extract(self, path: Path, media_type: MediaType) -> Extracted:
        """Return the text of the document at ``path``.

        Raises:
            Unreadable: one of its subclasses, with a reason that a person can act on.
            Unavailable: the reader process was killed meanwhile; trying again helps.
        """
        request = ReadRequest(next(self._ids), str(path), media_type, self._limits)
        answer = await self._ask(request)
        if isinstance(answer, Text):
            return answer.extracted
        raise Broken

    async def draw_page(
        self, path: Path, number: int, *, width: int = 1_200, highlight: Highlight | None = None
    ) -> bytes:
        """Return a page of the PDF at ``path`` as PNG, the highlight marked yellow.

        ``width`` is in pixels, at most 2000; the height is as the page wants, at most 4000.

        Raises:
            Unreadable, Unavailable: as ``extract``; Broken where there is no such page.
        """
        request = DrawRequest(next(self._ids), str(path), number, width, highlight, self._limits)
        answer = await self._ask(request)
        if isinstance(answer, Picture):
            return answer.png
        raise Broken

    async def _ask(self, request: Work) -> Text | Picture:
        channel = self._channel or self._start()
        ended = self._ended[request.id] = asyncio.get_running_loop().create_future()
        ours, theirs = os.pipe()
        try:
            socket.send_fds(channel, [encode(request)], [theirs])
        except OSError:
            os.close(ours)
            self._lose_channel()
            raise Unavailable from None
        finally:
            os.close(theirs)
        try:
            async with asyncio.timeout(self._limits.seconds):
                content = await _read_all(ours, self._most_bytes())
                code = await ended
        except TimeoutError:
            raise TimedOut from None
        finally:
            self._end(request.id)
        answer = _answer(content, code)
        if isinstance(answer, Text | Picture):
            return answer
        raise UNREADABLE.get(answer.code, Unreadable)(answer.message)

    def _most_bytes(self) -> int:
        return self._limits.max_characters * _MOST_BYTES_A_CHARACTER + _SPARE_BYTES

    def _end(self, request_id: int) -> None:
        """Forget the request, and have its work killed if that goes on."""
        ended = self._ended.pop(request_id, None)
        if ended is None or ended.done() or self._channel is None:
            return
        ended.cancel()
        try:
            self._channel.send(encode(KillRequest(request_id)))
        except OSError:
            self._lose_channel()

    def _start(self) -> socket.socket:
        if self._server is not None:  # the one before, whose channel broke
            self._server.kill()
            self._server.wait()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._server = subprocess.Popen(
                [sys.executable, "-P", "-B", "-m", "libs.extraction.child", str(os.getpid())],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,
            )
        ours.setblocking(False)
        asyncio.get_running_loop().add_reader(ours, self._receive)
        self._channel = ours
        return ours

    def _receive(self) -> None:
        try:
            message = self._channel.recv(MAX_MESSAGE) if self._channel else b""
        except BlockingIOError:
            return
        except OSError:
            message = b""
        if not message:
            self._lose_channel()
            return
        ended = decode_ended(message)
        waiting = self._ended.get(ended.id)
        if waiting is not None and not waiting.done():
            waiting.set_result(ended.code)

    def _lose_channel(self) -> None:
        channel, self._channel = self._channel, None
        if channel is None:
            return
        asyncio.get_running_loop().remove_reader(channel)
        channel.close()
        for waiting in self._ended.values():
            if not waiting.done():
                waiting.set_exception(Unavailable())


def _environment() -> dict[str, str]:
    """Return what the reader needs to find its modules, and none of this process's secrets."""
    return {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "LC_ALL": "C.UTF-8"}


async def _read_all(descriptor: int, most_bytes: int) -> bytes:
    """Return all that comes through the pipe and close it."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(_PIECE)
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", 0)
    )
    content = bytearray()
    try:
        while piece := await reader.read(_PIECE):
            content += piece
            if len(content) > most_bytes:
                raise TooLarge
    finally:
        transport.close()
    return bytes(content)


def _answer(content: bytes, code: int) -> Answer:
    """Return what the process answered before it ended with ``code``."""
    if code in (-signal.SIGXCPU, -signal.SIGALRM):
        raise TimedOut
    if code in (-signal.SIGKILL, 1):
        raise OutOfMemory
    if code:
        raise Broken
    try:
        return decode_answer(content)
    except (DecodeError, ValidationError):
        raise Broken from None
