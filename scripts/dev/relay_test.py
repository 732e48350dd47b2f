import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dev.relay import relay_metrics


class Service(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(f"answer to {self.path}".encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_only_the_metrics_come_through() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as service:
        port = service.server_address[1]
        threading.Thread(target=service.serve_forever, daemon=True).start()
        # On Linux all of 127.0.0.0/8 is this machine.
        relay_metrics("127.0.0.2", [port])
        with urllib.request.urlopen(f"http://127.0.0.2:{port}/metrics", timeout=5) as answer:
            assert answer.read() == b"answer to /metrics"
            assert answer.headers["Content-Type"] == "text/plain; version=0.0.4"
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"http://127.0.0.2:{port}/v1/collections", timeout=5)
        caught.value.close()
        assert caught.value.code == 404
        service.shutdown()


def test_an_address_of_another_machine_is_left_alone() -> None:
    before = threading.active_count()
    relay_metrics("192.0.2.1", [1])
    assert threading.active_count() == before
