"""As much of RFC 6455 as a browser needs: text of any size is sent as one masked frame."""

import asyncio
import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass

_BINARY, _CLOSE, _PING, _PONG = 2, 8, 9, 10


class Closed(ConnectionError):
    """The other side closed the connection, or refused to open one."""


@dataclass(frozen=True, slots=True)
class WebSocket:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, message: bytes, kind: int = _BINARY) -> None:
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(message))
        self.writer.write(bytes((0x80 | kind,)) + _length(len(message)) + mask + masked)
        await self.writer.drain()

    async def receive(self) -> bytes:
        """Return the next message. Raises Closed, or another ConnectionError."""
        message = b""
        while True:
            is_last, kind, payload = await self._frame()
            if kind == _CLOSE:
                raise Closed(f"closed with {int.from_bytes(payload[:2])}")
            if kind == _PING:
                await self.send(payload, _PONG)
            elif kind != _PONG:
                message += payload
                if is_last:
                    return message

    async def _frame(self) -> tuple[bool, int, bytes]:
        try:
            first, second = await self.reader.readexactly(2)
            size = second & 0x7F
            if size > 125:
                size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8))
            payload = await self.reader.readexactly(size)
        except asyncio.IncompleteReadError:
            raise Closed("closed without a word") from None
        return bool(first & 0x80), first & 0x0F, payload

    def close(self) -> None:
        self.writer.close()


async def connect(host: str, port: int, path: str, headers: Mapping[str, str]) -> WebSocket:
    """Raises Closed where the server does not agree, and OSError where there is none."""
    reader, writer = await asyncio.open_connection(host, port)
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}:{port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        raise Closed("closed while it was opened") from None
    status = head.split(b" ", 2)[1].decode()
    if status != "101":
        writer.close()
        raise Closed(f"refused with {status}")
    return WebSocket(reader, writer)


def _length(size: int) -> bytes:
    if size < 126:
        return bytes((0x80 | size,))
    if size < 65_536:
        return bytes((0x80 | 126,)) + size.to_bytes(2)
    return bytes((0x80 | 127,)) + size.to_bytes(8)
