"""Logs, spans, metrics and probes, the same in every service. No text or secret is in any."""

from libs.telemetry.logs import configure_logging, log_config
from libs.telemetry.metrics import ApiMetrics, HttpMetrics, Metrics, OrchestratorMetrics
from libs.telemetry.probes import Answer, Probes, serve
from libs.telemetry.readiness import Check, Readiness
from libs.telemetry.tracing import current_ids, current_traceparent, span, tracing

__all__ = [
    "Answer",
    "ApiMetrics",
    "Check",
    "HttpMetrics",
    "Metrics",
    "OrchestratorMetrics",
    "Probes",
    "Readiness",
    "configure_logging",
    "current_ids",
    "current_traceparent",
    "log_config",
    "serve",
    "span",
    "tracing",
]
