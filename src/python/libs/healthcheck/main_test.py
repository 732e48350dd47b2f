import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from libs.healthcheck.__main__ import main


@contextmanager
def answering(status: int) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()
            self.wfile.write(b'{"status":"\xff"}')

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/healthz"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (302, 1)])
def test_only_200_is_healthy(capsys: pytest.CaptureFixture[str], status: int, code: int) -> None:
    with answering(status) as url:
        assert main(url) == code
    assert str(status) in capsys.readouterr().out


def test_a_service_that_does_not_answer_is_not_healthy(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with answering(200) as url:
        pass
    assert main(url) == 1
    assert "does not answer" in capsys.readouterr().out


def test_it_runs_without_the_packages_of_the_services() -> None:
    program = (
        "import sys, libs.healthcheck.__main__;"
        "print(*{name.partition('.')[0] for name in sys.modules} - set(sys.stdlib_module_names))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not {"structlog", "prometheus_client", "opentelemetry"} & set(done.stdout.split())
