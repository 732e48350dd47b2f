"""What the developer's Prometheus asks, and what compose gives it."""

from pathlib import Path
from typing import Any

import yaml

from dev.config import read
from monitoring.tools import BOARDS, FILES, RULES


def _yaml(path: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(Path(path).read_text("utf-8"))
    return found


def test_prometheus_asks_every_service() -> None:
    targets = {
        job["job_name"]: job["static_configs"][0]["targets"]
        for job in _yaml("compose/prometheus/prometheus.yml")["scrape_configs"]
    }
    ports = read({}).ports
    services = {"web": ports.web, "api": ports.api, "orchestrator": ports.orchestrator}
    assert targets == {
        name: [f"host.docker.internal:{port}"]
        for name, port in (services | {"streamlit": ports.web}).items()
    }


def test_compose_mounts_the_rules_and_boards_of_the_chart() -> None:
    services = _yaml("compose/compose.yaml")["services"]
    mounted = {
        (Path("compose") / volume.split(":")[0]).resolve()
        for name in ("prometheus", "grafana")
        for volume in services[name]["volumes"]
        if volume.startswith(".")
    }
    assert RULES.resolve() in mounted
    assert (FILES / "dashboards").resolve() in mounted
    home = services["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert Path(home).name in {path.name for path in BOARDS}
