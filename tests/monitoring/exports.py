"""Which metrics the services export, with their labels, asked of the code that does it."""

from prometheus_client import CollectorRegistry

from libs.telemetry import ApiMetrics, HttpMetrics, Metrics, OrchestratorMetrics

_OF_PROMETHEUS = {"up": frozenset[str]()}
_OF_STREAMLIT = {"active_sessions": frozenset[str]()}
"""What the boards show of /_stcore/metrics; a test of ``web`` knows that it is there."""

_FROM_SCRAPING = frozenset({"instance", "job", "le", "namespace"})


def exported() -> dict[str, frozenset[str]]:
    """Return the labels of each metric, those included that Prometheus adds."""
    found: dict[str, frozenset[str]] = _OF_PROMETHEUS | _OF_STREAMLIT
    for service in (HttpMetrics("0"), ApiMetrics("0"), OrchestratorMetrics("0")):
        found |= _in(_with_pool(service).registry)
    return {name: labels | _FROM_SCRAPING for name, labels in found.items()}


def ours() -> set[str]:
    return {name for name in exported() if name.startswith("ibid_")}


def _with_pool(service: Metrics) -> Metrics:
    if type(service) is not HttpMetrics:  # web has no database
        service.watch_pool(dict)
    return service


def _in(registry: CollectorRegistry) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    # The library has no public way to the labels of a metric that has no sample yet.
    for collector in registry._collector_to_names:
        declared = frozenset(getattr(collector, "_labelnames", None) or ())
        for family in collector.collect():
            name = f"{family.name}_total" if family.type == "counter" else family.name
            sampled = frozenset(label for sample in family.samples for label in sample.labels)
            found[name] = declared | sampled
    return found
