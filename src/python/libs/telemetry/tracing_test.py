import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from libs.telemetry import current_ids, current_traceparent, span, tracing
from libs.telemetry.tracing import FLUSH_SECONDS

UPLOAD = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"


class Collector:
    """Takes spans over HTTP, as a collector does."""

    def __init__(self) -> None:
        self.spans: dict[str, Span] = {}
        self.service = ""
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                collector.take(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def take(self, request: ExportTraceServiceRequest) -> None:
        for resource in request.resource_spans:
            attributes = {one.key: one.value.string_value for one in resource.resource.attributes}
            self.service = attributes["service.name"]
            for scope in resource.scope_spans:
                self.spans |= {one.name: one for one in scope.spans}


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    thread = Thread(target=made.server.serve_forever, args=(0.05,))
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def test_there_is_no_traceparent_outside_of_spans() -> None:
    assert current_traceparent() is None
    assert current_ids() == {}


def test_ids_go_on_without_an_exporter() -> None:
    with span("request"):
        outer = current_traceparent()
        with span("query"):
            inner = current_traceparent()
    assert outer is not None
    assert inner is not None
    assert outer[:35] == inner[:35]
    assert outer != inner


def test_the_parent_of_the_job_row_is_continued() -> None:
    with span("extract", parent=UPLOAD):
        assert current_ids()["trace_id"] == TRACE_ID


def test_a_span_with_links_begins_a_trace_of_its_own() -> None:
    with span("sweep"), span("extract", links=[UPLOAD]):
        assert current_ids()["trace_id"] != TRACE_ID


@pytest.mark.parametrize("parent", ["", "nonsense", "00-0-0-01", "\x00"])
def test_a_malformed_parent_is_as_good_as_none(parent: str) -> None:
    with span("extract", parent=parent):
        assert len(current_ids()["trace_id"]) == 32


def test_spans_reach_the_collector(collector: Collector) -> None:
    with tracing("orchestrator", "1.2", collector.url):
        with span("first", parent=UPLOAD, attributes={"ibid.job_id": "7"}):
            pass
        with span("later", links=[UPLOAD]):
            pass
    first, later = collector.spans["first"], collector.spans["later"]
    assert collector.service == "orchestrator"
    assert first.trace_id.hex() == TRACE_ID
    assert first.parent_span_id.hex() == "b7ad6b7169203331"
    assert later.trace_id.hex() != TRACE_ID
    assert [link.trace_id.hex() for link in later.links] == [TRACE_ID]


def test_an_error_shows_its_type_and_not_its_message(collector: Collector) -> None:
    with tracing("api", "1", collector.url), pytest.raises(ValueError), span("search"):
        raise ValueError("the merger is called off")
    failed = collector.spans["search"]
    assert [(one.key, one.value.string_value) for one in failed.attributes] == [
        ("error.type", "ValueError")
    ]
    assert b"merger" not in failed.SerializeToString()


def test_a_collector_that_hangs_costs_no_more_than_the_flush() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        started = time.monotonic()
        with tracing("api", "1", f"http://127.0.0.1:{mute.getsockname()[1]}"):
            for _ in range(5000):
                with span("request"):
                    pass
            # a program that waited for each of the ten batches would take 20 s
            closing = time.monotonic()
            assert closing - started < 15
        assert time.monotonic() - closing < FLUSH_SECONDS + 10


def test_the_sdk_is_not_imported_without_an_exporter() -> None:
    program = """
import sys
from libs.telemetry import span, tracing
with tracing("api", "1", None), span("request"):
    sys.exit(any(name.startswith("opentelemetry.sdk") for name in sys.modules))
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
