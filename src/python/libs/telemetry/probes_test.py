import json
import socket
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from libs.drain import DrainFlag
from libs.telemetry import (
    Answer,
    ApiMetrics,
    HttpMetrics,
    Metrics,
    OrchestratorMetrics,
    Probes,
    Readiness,
    serve,
)


class Outage:
    """A check, and the clock that it is judged by."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self.now = 1000.0

    async def check(self) -> str | None:
        return self.reason

    async def crash(self) -> str | None:
        raise ConnectionError("postgresql://ibid:s3cr3t@db")

    async def take_too_long(self) -> str | None:
        raise TimeoutError


def make_probes(readiness: Readiness | None = None, drain: DrainFlag | None = None) -> Probes:
    return Probes(Metrics("1.2"), readiness or Readiness({}), drain or DrainFlag(None))


def reasons(answer: Answer) -> dict[str, str]:
    found: dict[str, str] = json.loads(answer.body)["reasons"]
    return found


async def test_a_service_is_not_ready_before_its_checks_have_passed() -> None:
    outage = Outage()
    readiness = Readiness({"postgres": outage.check})
    probes = make_probes(readiness)
    assert probes.answer("/readyz").status == 503
    assert reasons(probes.answer("/readyz")) == {"postgres": "not checked yet"}
    assert b"\nibid_ready 0.0\n" in probes.answer("/metrics").body
    await readiness.check()
    assert probes.answer("/readyz").status == 200
    assert b"\nibid_ready 1.0\n" in probes.answer("/metrics").body


async def test_a_short_outage_is_sat_out_and_a_long_one_is_told() -> None:
    outage = Outage()
    readiness = Readiness({"postgres": outage.check}, clock=lambda: outage.now)
    await readiness.check()
    outage.reason = "PostgreSQL does not answer"
    outage.now += 9
    await readiness.check()
    assert readiness.reasons() == {}
    outage.now += 2
    await readiness.check()
    assert readiness.reasons() == {"postgres": "PostgreSQL does not answer"}
    outage.reason = None
    await readiness.check()
    assert readiness.reasons() == {}


async def test_a_check_that_raises_is_told_in_a_sentence_without_its_secrets() -> None:
    readiness = Readiness({"database": Outage().crash, "api": Outage().take_too_long})
    await readiness.check()
    reasons = readiness.reasons()
    assert reasons["database"].startswith("not reached, or it refuses (ConnectionError)")
    assert reasons["api"].startswith("no answer in time (TimeoutError)")
    assert "s3cr3t" not in "".join(reasons.values())


async def test_the_first_passing_check_is_remembered_at_any_uptime() -> None:
    readiness = Readiness({"postgres": Outage().check}, clock=lambda: 0.5)
    await readiness.check()
    assert readiness.reasons() == {}


def test_a_draining_service_is_alive_and_not_ready(tmp_path: Path) -> None:
    file = tmp_path / "draining"
    probes = make_probes(drain=DrainFlag(file))
    file.touch()
    assert reasons(probes.answer("/readyz")) == {"drain": "draining"}
    assert probes.answer("/healthz").status == 200
    assert b"\nibid_draining 1.0\n" in probes.answer("/metrics").body
    assert b"\nibid_ready 0.0\n" in probes.answer("/metrics").body


def test_the_drain_flag_can_be_set_by_the_service_itself() -> None:
    drain = DrainFlag(None)
    assert not drain.is_set
    drain.set()
    assert drain.is_set


def test_a_stuck_process_is_not_alive() -> None:
    probes = Probes(Metrics("1"), Readiness({}), DrainFlag(None), stuck=lambda: "no beat for 31 s")
    assert probes.answer("/healthz").status == 503
    assert reasons(probes.answer("/healthz")) == {"process": "no beat for 31 s"}


async def test_the_asgi_app_gives_the_same_answers() -> None:
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request"}

    await make_probes()({"type": "http", "path": "/healthz"}, receive, send)
    start, body = sent
    assert start["status"] == 200
    assert (b"content-type", b"application/json") in start["headers"]
    assert body["body"] == b'{"status": "alive"}'


def test_the_thread_answers_over_http() -> None:
    with serve(make_probes(), "127.0.0.1", 0) as port:
        base = f"http://127.0.0.1:{port}"
        with urlopen(f"{base}/readyz?x=1") as answer:
            assert json.load(answer) == {"status": "ready"}
        with urlopen(f"{base}/metrics") as answer:
            assert b'ibid_build_info{version="1.2"} 1.0' in answer.read()
        with pytest.raises(HTTPError, match="404") as caught:
            urlopen(f"{base}/else")
        caught.value.close()


def test_a_port_that_is_taken_is_named() -> None:
    with (
        serve(make_probes(), "127.0.0.1", 0) as port,
        pytest.raises(OSError, match=f"127.0.0.1:{port}"),
        serve(make_probes(), "127.0.0.1", port),
    ):
        pass


def test_a_client_that_sends_nothing_does_not_stop_the_thread() -> None:
    with serve(make_probes(), "127.0.0.1", 0) as port:
        base = f"http://127.0.0.1:{port}"
        with socket.create_connection(("127.0.0.1", port)), urlopen(f"{base}/healthz") as answer:
            assert answer.status == 200


def test_every_metric_has_its_name() -> None:
    rendered = (ApiMetrics("1").render() + OrchestratorMetrics("1").render()).decode()
    named = {line.split()[2] for line in rendered.splitlines() if line.startswith("# TYPE ibid_")}
    assert named == {
        "ibid_build_info",
        "ibid_database_connections",
        "ibid_database_max_connections",
        "ibid_database_size_bytes",
        "ibid_document_time_to_searchable_seconds",
        "ibid_doorbell_failures_total",
        "ibid_draining",
        "ibid_http_request_duration_seconds",
        "ibid_http_requests_total",
        "ibid_job_attempts_total",
        "ibid_job_duration_seconds",
        "ibid_job_oldest_pending_seconds",
        "ibid_job_oldest_unfinished_seconds",
        "ibid_jobs",
        "ibid_jobs_due",
        "ibid_passages_embedded_total",
        "ibid_ready",
        "ibid_rls_unprotected_tables",
        "ibid_schema_version",
        "ibid_search_duration_seconds",
        "ibid_search_zero_hits_total",
        "ibid_sweep_last_success_timestamp_seconds",
        "ibid_sweep_rescued_total",
        "ibid_upload_bytes_total",
        "ibid_uploads_total",
    }


def test_the_connections_of_a_pool_are_counted_when_somebody_looks() -> None:
    metrics, stats = Metrics("1"), {"pool_size": 4, "pool_available": 1}
    metrics.watch_pool(lambda: stats)
    stats["requests_waiting"] = 2
    rendered = metrics.render()
    assert b'ibid_database_pool_connections{state="idle"} 1.0' in rendered
    assert b'ibid_database_pool_connections{state="used"} 3.0' in rendered
    assert b"ibid_database_pool_waiting 2.0" in rendered


def test_two_sets_of_metrics_do_not_collide() -> None:
    HttpMetrics("1").requests.labels("/v1/search", "POST", "200").inc()
    assert b"ibid_http_requests_total{" not in HttpMetrics("1").render()
