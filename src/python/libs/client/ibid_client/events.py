"""A job's server-sent events, followed until the job has ended.

The format is that of the WHATWG HTML standard, section 9.2, "Server-sent events".
"""

import httpx
import msgspec

from ibid_client.errors import ConnectionFailed, Unavailable, UnexpectedAnswer
from ibid_contract import Job

BROKEN = (httpx.RequestError, ConnectionFailed, Unavailable)

PAUSES = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Seconds before the next stream, for each stream in a row that ended without news.

A server that drains tells the state and ends the stream; one that is away says nothing at all, and
is given up after that many streams.
"""


class JobFollower:
    """Turns bytes of one stream after another into the states of a job, each once."""

    def __init__(self) -> None:
        self._last: Job | None = None
        self._without_news = 0
        self._silent = 0
        self._rest = b""
        self._data: list[bytes] = []

    @property
    def is_over(self) -> bool:
        return self._last is not None and self._last.state.is_final

    def feed(self, received: bytes) -> list[Job]:
        """Return the news in the bytes. Raises UnexpectedAnswer."""
        *lines, self._rest = (self._rest + received).split(b"\n")
        return [job for line in lines for job in self._line(line.rstrip(b"\r"))]

    def stream_ended(self, error: Exception | None) -> float:
        """Return how many seconds to wait before the next stream.

        Raises:
            ConnectionFailed: another stream is not worth a try.
        """
        self._rest, self._data = b"", []
        if self._silent >= len(PAUSES):
            raise ConnectionFailed("The events of the job broke off.") from error
        pause = PAUSES[min(self._without_news, len(PAUSES) - 1)]
        self._silent += 1
        self._without_news += 1
        return pause

    def _line(self, line: bytes) -> list[Job]:
        if line.startswith(b"data:"):
            self._data.append(line.removeprefix(b"data:").removeprefix(b" "))
        if line or not self._data:
            return []
        data, self._data = b"\n".join(self._data), []
        try:
            job = msgspec.json.decode(data, type=Job)
        except msgspec.DecodeError as error:
            raise UnexpectedAnswer("The events are not those of a job.") from error
        self._silent = 0
        if job == self._last:
            return []
        self._without_news = 0
        self._last = job
        return [job]
