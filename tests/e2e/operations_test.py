"""What monitoring and the curious get without credentials."""

import httpx
import pytest

from e2e.installation import Installation

_SERVICES = ("api", "orchestrator", "web")


@pytest.mark.parametrize("service", _SERVICES)
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_answer_everybody(installation: Installation, service: str, path: str) -> None:
    assert httpx.get(installation.url(service) + path).status_code == 200


@pytest.mark.parametrize("service", _SERVICES)
def test_metrics_are_prometheus_text(installation: Installation, service: str) -> None:
    response = httpx.get(f"{installation.url(service)}/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain")
    assert "# TYPE " in response.text
    assert "\nibid_" in response.text


def test_the_api_describes_itself(installation: Installation) -> None:
    description = httpx.get(f"{installation.api_url}/schema/openapi.json").json()
    assert description["openapi"].startswith("3.1")
    assert {"/v1/collections", "/v1/search", "/v1/jobs", "/v1/auth/whoami"} <= set(
        description["paths"]
    )
    page = httpx.get(f"{installation.api_url}/schema")
    assert page.headers["content-type"].startswith("text/html")


def test_logs_are_lines_of_json_without_secrets(installation: Installation) -> None:
    secret = installation.key.rpartition("_")[2]
    for service in _SERVICES:
        log = (installation.state / "logs" / f"{service}.log").read_text()
        assert secret not in log
        # whatever tests before this one have killed, cut off or sent
        assert [line for line in log.splitlines() if not line.startswith("{")] == []
