"""Spans, and the W3C traceparent that carries them through HTTP and the job row.

Without an exporter the SDK is not even imported: spans then are ids alone, so that the trace id
in a log line, a problem and a job row is the same for one upload all the same.
"""

import random
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

FLUSH_SECONDS = 3.0

_PROPAGATOR = TraceContextTextMapPropagator()

type Attributes = Mapping[str, str | int | float | bool]


class _Exporting:
    """The provider of this process while spans are exported."""

    provider: "TracerProvider | None" = None


@contextmanager
def tracing(service: str, version: str, endpoint: str | None) -> Iterator[None]:
    """Export spans to ``endpoint`` by OTLP over HTTP while open; None exports none.

    Open it in the process that serves, after any fork. A collector that hangs costs spans, never
    time: the queue is bounded, and closing waits no longer than ``FLUSH_SECONDS``.
    """
    if endpoint is None:
        yield
        return
    _Exporting.provider = provider = _provider(service, version, endpoint)
    try:
        yield
    finally:
        _Exporting.provider = None
        _shut_down(provider)


def span(
    name: str,
    *,
    parent: str | None = None,
    links: Sequence[str] = (),
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Attributes | None = None,
) -> AbstractContextManager[Span]:
    """A span around the block: under the current one, or under the traceparent ``parent``.

    With ``links``, traceparents, it begins a trace of its own that points at theirs. An exception
    marks it with the exception's type; its message stays out, as it may quote a document.
    """
    context = _context_of(parent) if parent else Context() if links else None
    return _Block(_start(name, context, _links(links), kind, attributes or {}))


class _Block:
    """A class, as two generators inside each other took a fiftieth of a search's CPU time."""

    __slots__ = ("_span", "_token")

    def __init__(self, span: Span) -> None:
        self._span = span

    def __enter__(self) -> Span:
        self._token = attach(trace.set_span_in_context(self._span))
        return self._span

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: object
    ) -> None:
        detach(self._token)
        if kind is not None:
            self._span.set_attribute("error.type", kind.__qualname__)
            self._span.set_status(trace.StatusCode.ERROR)
        self._span.end()


def current_traceparent() -> str | None:
    """The current span as a ``traceparent``; None outside of spans."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")


def current_ids() -> dict[str, str]:
    """``trace_id`` and ``span_id`` of the current span, in hexadecimal; empty outside of spans."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}


def _start(
    name: str,
    context: Context | None,
    links: Sequence[Link],
    kind: SpanKind,
    attributes: Attributes,
) -> Span:
    if _Exporting.provider is not None:
        return _Exporting.provider.get_tracer("ibid").start_span(
            name, context, kind, attributes, links
        )
    above = trace.get_current_span(context).get_span_context()
    return NonRecordingSpan(
        SpanContext(
            above.trace_id if above.is_valid else random.getrandbits(128) or 1,
            random.getrandbits(64) or 1,
            is_remote=False,
            trace_flags=above.trace_flags if above.is_valid else TraceFlags(TraceFlags.SAMPLED),
        )
    )


def _context_of(traceparent: str) -> Context:
    """A malformed traceparent is as good as none."""
    return _PROPAGATOR.extract({"traceparent": traceparent}, Context())


def _links(traceparents: Sequence[str]) -> list[Link]:
    contexts = [trace.get_current_span(_context_of(one)).get_span_context() for one in traceparents]
    return [Link(context) for context in contexts if context.is_valid]


def _provider(service: str, version: str, endpoint: str) -> "TracerProvider":
    # tens of MiB that an installation without a collector does not pay for
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(
        resource=Resource(
            {"service.name": service, "service.namespace": "ibid", "service.version": version}
        ),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(
        BatchSpanProcessor(
            OTLPSpanExporter(f"{endpoint}/v1/traces", timeout=2),
            max_queue_size=2048,
            schedule_delay_millis=1000,
            max_export_batch_size=512,
            export_timeout_millis=2000,
        )
    )
    return provider


def _shut_down(provider: "TracerProvider") -> None:
    thread = threading.Thread(target=provider.shutdown, daemon=True)
    thread.start()
    thread.join(FLUSH_SECONDS)
