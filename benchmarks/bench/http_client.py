"""A client of HTTP that is as thin as can be: the server is what is measured."""

import re
import socket
from collections.abc import Mapping

_MOST_BYTES = 1 << 18
_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class HttpClient:
    """One connection to a server of this machine, kept. Its answers have a Content-Length."""

    def __init__(self, port: int, headers: Mapping[str, str] | None = None) -> None:
        """Raises ConnectionRefusedError where nobody listens."""
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        all_headers = {"Host": "127.0.0.1"} | dict(headers or {})
        self._headers = "".join(f"{name}: {value}\r\n" for name, value in all_headers.items())

    def ask(self, method: str, target: str, body: str = "") -> bytes:
        """Return the body of the answer. What is not a 200 ends the benchmark."""
        content = body.encode()
        length = f"Content-Length: {len(content)}\r\n" if content else ""
        head = f"{method} {target} HTTP/1.1\r\n{self._headers}{length}\r\n"
        self._socket.sendall(head.encode() + content)
        received = self._receive()
        while b"\r\n\r\n" not in received:
            received += self._receive()
        head_received, answer = received.split(b"\r\n\r\n", 1)
        if not head_received.startswith(b"HTTP/1.1 200"):
            raise SystemExit(received.decode(errors="replace"))
        [wanted] = _CONTENT_LENGTH.findall(head_received)
        while len(answer) < int(wanted):
            answer += self._receive()
        return answer

    def _receive(self) -> bytes:
        received = self._socket.recv(_MOST_BYTES)
        if not received:
            raise SystemExit("the server closed the connection")
        return received
