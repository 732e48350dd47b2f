"""The Compose stack agrees with the code: its images, its users, its ports."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from dev.config import DATABASE, OWNER, OWNER_PASSWORD, read


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    stack = yaml.safe_load(Path("compose/compose.yaml").read_text("utf-8"))
    found: dict[str, Any] = stack["services"]
    return found


def test_every_image_is_pinned_to_one_version(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert re.search(r":v?\d+\.\d+\.\d+[\w.-]*$", service["image"]), name


def test_every_port_is_one_of_this_machine_only(services: dict[str, Any]) -> None:
    ports = [port for service in services.values() for port in service["ports"]]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_every_service_has_a_health_check_and_a_volume(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["healthcheck"]["test"], name
        assert any(not volume.startswith(".") for volume in service["volumes"]), name


def test_the_user_and_the_ports_are_those_of_the_embedded_servers(
    services: dict[str, Any],
) -> None:
    environment = services["postgres"]["environment"]
    assert environment["POSTGRES_USER"] == OWNER
    assert environment["POSTGRES_PASSWORD"] == OWNER_PASSWORD
    assert environment["POSTGRES_DB"] == DATABASE
    ports = read({}).ports
    for name in ("postgres", "redis", "prometheus", "grafana"):
        default = f"${{IBID_DEV_{name.upper()}_PORT:-{getattr(ports, name)}}}"
        assert services[name]["ports"][0].startswith(f"127.0.0.1:{default}:")
