"""A browser with a dashboard open: it looks something up now and then, and stays connected."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlencode

from cluster.pod.recorder import Recorder
from cluster.pod.websocket import WebSocket, connect

_ANSWER_SECONDS = 30.0
_AGAIN_SECONDS = 0.5
"""Streamlit's page waits as long before it connects anew."""


@dataclass(slots=True)
class Dashboard:
    """Searches by the address, as the pages do, and expects to be shown ``expected``."""

    host: str
    port: int
    key: str
    query: str
    expected: bytes
    recorder: Recorder
    pause_seconds: float

    async def run(self) -> None:
        """Stay open until cancelled, as a browser does: over every break of the connection."""
        broken_at: float | None = None
        while True:
            try:
                await self._session(broken_at)
            except (OSError, TimeoutError) as error:
                if isinstance(error, TimeoutError):
                    self.recorder.click_failed(f"nothing was shown in {_ANSWER_SECONDS:.0f} s")
                broken_at = broken_at or time.monotonic()
            else:
                broken_at = time.monotonic()
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _session(self, broken_at: float | None) -> None:
        """Return when an open connection breaks; raise where none could be used."""
        socket = await connect(
            self.host,
            self.port,
            "/_stcore/stream",
            {"Cookie": f"ibid-key={self.key}", "Sec-WebSocket-Protocol": "streamlit"},
        )
        try:
            await self._click(socket)
            if broken_at is not None:
                self.recorder.resumed(time.monotonic() - broken_at)
            with suppress(OSError):
                while True:
                    await self._wait(socket)
                    await self._click(socket)
        finally:
            socket.close()

    async def _click(self, socket: WebSocket) -> None:
        async with asyncio.timeout(_ANSWER_SECONDS):
            await socket.send(_rerun(urlencode({"q": self.query})))
            while self.expected not in await socket.receive():
                pass
        self.recorder.clicked()

    async def _wait(self, socket: WebSocket) -> None:
        """Look at nothing for a while, and notice when the connection breaks."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.pause_seconds):
                while True:
                    await socket.receive()


def _rerun(query_string: str) -> bytes:
    """Streamlit's BackMsg { rerun_script (11): ClientState { query_string (1) } }."""
    text = query_string.encode()
    state = b"\x0a" + bytes((len(text),)) + text
    return b"\x5a" + bytes((len(state),)) + state
