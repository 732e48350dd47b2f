"""POST requests with JSON bodies over connections that are kept, one for each thread."""

import http.client
import ssl
import threading
from urllib.parse import urlsplit

CONNECT_AND_READ_SECONDS = 30.0


class JsonApi:
    """Raises OSError or http.client.HTTPException where nobody answers in time."""

    def __init__(self, url: str, api_key: str | None) -> None:
        self._url = urlsplit(url)
        self._headers = {"Content-Type": "application/json", "User-Agent": "ibid"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._kept = threading.local()
        self._opened: list[http.client.HTTPConnection] = []

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Return status and content of the answer. A kept connection may have been closed."""
        kept = getattr(self._kept, "connection", None)
        if kept is None:
            kept = self._kept.connection = self._connection()
            self._opened.append(kept)
        is_fresh = kept.sock is None
        try:
            return self._send(kept, path, body)
        except (ConnectionError, http.client.HTTPException):
            # the other side may have closed what was kept
            if is_fresh:
                raise
        return self._send(kept, path, body)

    def close(self) -> None:
        for connection in self._opened:
            connection.close()

    def _send(
        self, connection: http.client.HTTPConnection, path: str, body: bytes
    ) -> tuple[int, bytes]:
        try:
            connection.request("POST", self._url.path.rstrip("/") + path, body, self._headers)
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            raise

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._url.hostname or "", self._url.port
        if self._url.scheme == "https":
            return http.client.HTTPSConnection(
                host, port, timeout=CONNECT_AND_READ_SECONDS, context=ssl.create_default_context()
            )
        return http.client.HTTPConnection(host, port, timeout=CONNECT_AND_READ_SECONDS)
