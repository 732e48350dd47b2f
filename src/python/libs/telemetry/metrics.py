"""The metrics of every service, each under the name that the dashboards use."""

import math
from collections.abc import Callable, Iterator, Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_REQUEST_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_SEARCH_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1, 2, 5)
_JOB_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600)

# From 0 on, so that the first of a kind shows as an increase.
ATTEMPT_RESULTS = ("done", "retried", "failed", "handed_back", "cancelled", "lost")


class Metrics:
    """What every service has. Labels come from code, never from a caller: routes, not paths."""

    def __init__(self, version: str) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library forgot
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        build = Gauge(
            "ibid_build_info", "The version that runs.", ["version"], registry=self.registry
        )
        build.labels(version).set(1)
        self.draining = Gauge(
            "ibid_draining", "1 while the service drains.", registry=self.registry
        )
        self.ready = Gauge(
            "ibid_ready", "1 while the service answers /readyz with 200.", registry=self.registry
        )

    def watch_pool(self, stats: Callable[[], Mapping[str, int]]) -> None:
        """Show what ``stats`` says whenever the metrics are asked for.

        It counts what psycopg's pools count: pool_size, pool_available, requests_waiting.
        """
        self.registry.register(_PoolCollector(stats))

    def render(self) -> bytes:
        """Return all of them in Prometheus' text format, of the type ``CONTENT_TYPE``."""
        return generate_latest(self.registry)


class HttpMetrics(Metrics):
    """What ``web`` has: requests by route."""

    def __init__(self, version: str) -> None:
        super().__init__(version)
        self.requests = Counter(
            "ibid_http_requests_total",
            "Requests that were answered.",
            ["route", "method", "status"],
            registry=self.registry,
        )
        self.request_seconds = Histogram(
            "ibid_http_request_duration_seconds",
            "From the first byte of a request to the last of its answer.",
            ["route"],
            buckets=_REQUEST_BUCKETS,
            registry=self.registry,
        )


class ApiMetrics(HttpMetrics):
    """What ``api`` has."""

    def __init__(self, version: str) -> None:
        super().__init__(version)
        self.search_seconds = Histogram(
            "ibid_search_duration_seconds",
            "Searches, by stage: embed, database, total.",
            ["stage"],
            buckets=_SEARCH_BUCKETS,
            registry=self.registry,
        )
        self.zero_hits = Counter(
            "ibid_search_zero_hits_total",
            "Searches that found nothing.",
            registry=self.registry,
        )
        self.uploads = Counter(
            "ibid_uploads_total", "Uploads, by result.", ["result"], registry=self.registry
        )
        self.upload_bytes = Counter(
            "ibid_upload_bytes_total", "Bytes of documents received.", registry=self.registry
        )
        self.doorbell_failures = _doorbell_failures(self.registry)


class OrchestratorMetrics(Metrics):
    """What ``orchestrator`` has."""

    def __init__(self, version: str) -> None:
        super().__init__(version)
        self._define_ledger()
        self._define_database()
        self._define_work()
        self.doorbell_failures = _doorbell_failures(self.registry)

    def _define_ledger(self) -> None:
        self.jobs = Gauge(
            "ibid_jobs",
            "Jobs that are not done, by state. The same from every worker: take the maximum.",
            ["state", "stage"],
            registry=self.registry,
        )
        self.due = Gauge(
            "ibid_jobs_due",
            "Jobs that a worker could claim now. The same from every worker: take the maximum.",
            registry=self.registry,
        )
        self.oldest_pending_seconds = Gauge(
            "ibid_job_oldest_pending_seconds",
            "For how long a job has been due that no worker has claimed.",
            registry=self.registry,
        )
        self.oldest_unfinished_seconds = Gauge(
            "ibid_job_oldest_unfinished_seconds",
            "Age of the oldest job that waits or runs.",
            registry=self.registry,
        )
        self.rescued = Counter(
            "ibid_sweep_rescued_total",
            "Jobs that this worker took from workers that died.",
            registry=self.registry,
        )
        self.last_sweep = Gauge(
            "ibid_sweep_last_success_timestamp_seconds",
            "When this worker last swept the ledger.",
            registry=self.registry,
        )

    def _define_database(self) -> None:
        self.schema_version = Gauge(
            "ibid_schema_version",
            "The number of the schema's newest migration.",
            registry=self.registry,
        )
        self.database_bytes = Gauge(
            "ibid_database_size_bytes", "What the database occupies.", registry=self.registry
        )
        self.connections = Gauge(
            "ibid_database_connections",
            "Connections to the PostgreSQL server, of all programs.",
            registry=self.registry,
        )
        self.max_connections = Gauge(
            "ibid_database_max_connections",
            "Connections that the PostgreSQL server allows.",
            registry=self.registry,
        )
        self.unguarded_tables = Gauge(
            "ibid_rls_unprotected_tables",
            "Tables of workspaces that the service may reach without row-level security.",
            registry=self.registry,
        )
        for unknown in (
            self.schema_version,
            self.database_bytes,
            self.connections,
            self.max_connections,
            self.unguarded_tables,
        ):
            # until the database was asked; 0 would be an answer
            unknown.set(math.nan)

    def _define_work(self) -> None:
        self.job_seconds = Histogram(
            "ibid_job_duration_seconds",
            "Work on a job, by stage.",
            ["stage"],
            buckets=_JOB_BUCKETS,
            registry=self.registry,
        )
        self.attempts = Counter(
            "ibid_job_attempts_total",
            "Attempts at jobs, by how they ended.",
            ["result"],
            registry=self.registry,
        )
        for result in ATTEMPT_RESULTS:
            self.attempts.labels(result)
        self.searchable_seconds = Histogram(
            "ibid_document_time_to_searchable_seconds",
            "From the upload of a document until it can be found.",
            buckets=_JOB_BUCKETS,
            registry=self.registry,
        )
        self.embedded = Counter(
            "ibid_passages_embedded_total",
            "Passages that were embedded.",
            registry=self.registry,
        )


def _doorbell_failures(registry: CollectorRegistry) -> Counter:
    return Counter(
        "ibid_doorbell_failures_total",
        "Times that Redis did not answer; jobs then start a little later.",
        registry=registry,
    )


class _PoolCollector(Collector):
    def __init__(self, stats: Callable[[], Mapping[str, int]]) -> None:
        self._stats = stats

    def describe(self) -> Iterator[GaugeMetricFamily]:
        return _pool_families({})

    def collect(self) -> Iterator[GaugeMetricFamily]:
        return _pool_families(self._stats())


def _pool_families(stats: Mapping[str, int]) -> Iterator[GaugeMetricFamily]:
    connections = GaugeMetricFamily(
        "ibid_database_pool_connections",
        "The service's own connections to the database.",
        labels=["state"],
    )
    idle = stats.get("pool_available", 0)
    connections.add_metric(["idle"], idle)
    connections.add_metric(["used"], stats.get("pool_size", 0) - idle)
    waiting = GaugeMetricFamily(
        "ibid_database_pool_waiting", "Requests and jobs that wait for a connection."
    )
    waiting.add_metric([], stats.get("requests_waiting", 0))
    yield from (connections, waiting)
