"""The stack for one machine: confined, without a secret in its file, and it works where it can run.

The last tests start it, from the images of the tag IBID_TEST_IMAGES, or ``dev``; they are skipped
where Docker does not answer or an image is missing.
"""

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import yaml

from libs.embedded import free_port

_FILES = ("compose/compose.yaml", "compose/apps.yaml")
_SERVICES = ("api", "orchestrator", "web")
_COMMANDS = ("bootstrap", "key", "migrate", "secrets")


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # the library has no types
    """Knows Compose's ``!reset``: what it marks is gone."""


_Loader.add_constructor("!reset", lambda loader, node: None)


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    stack = yaml.load(Path(_FILES[1]).read_text("utf-8"), _Loader)
    found: dict[str, Any] = stack["services"]
    return found


@pytest.mark.parametrize("name", [*_SERVICES, *_COMMANDS])
def test_our_containers_are_confined(services: dict[str, Any], name: str) -> None:
    service = services[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("privileged") is None


@pytest.mark.parametrize("name", _SERVICES)
def test_a_service_is_healthy_when_it_is_ready(services: dict[str, Any], name: str) -> None:
    assert services[name]["healthcheck"]["test"][-1].endswith("/readyz")


def test_the_data_is_reached_by_our_containers_only(services: dict[str, Any]) -> None:
    for name in ("postgres", "redis"):
        assert "ports" in services[name]
        assert services[name]["ports"] is None


def test_no_secret_is_in_a_variable(services: dict[str, Any]) -> None:
    for service in services.values():
        for name, value in (service.get("environment") or {}).items():
            assert not re.search(r"PASSWORD$|KEY$|DATABASE_URL$", name) or value is None, name


def test_only_who_needs_a_secret_has_its_volume(services: dict[str, Any]) -> None:
    holders = {
        volume: sorted(
            name
            for name, service in services.items()
            if any(mount.startswith(f"{volume}:") for mount in service.get("volumes", ()))
        )
        for volume in ("owner", "app", "key")
    }
    assert holders == {
        "owner": ["bootstrap", "migrate", "postgres", "secrets"],
        "app": ["api", "migrate", "orchestrator", "secrets"],
        "key": ["bootstrap", "key", "secrets"],
    }


def test_prometheus_asks_the_same_jobs_as_in_development() -> None:
    def jobs(name: str) -> dict[str, str]:
        settings = yaml.safe_load(Path(f"compose/prometheus/{name}").read_text("utf-8"))
        return {
            job["job_name"]: job.get("metrics_path", "/metrics")
            for job in settings["scrape_configs"]
        }

    assert jobs("apps.yml") == jobs("prometheus.yml")


class Stack:
    """A Compose project of its own, on ports of its own."""

    def __init__(self, project: str) -> None:
        self.ports = {"IBID_API_PORT": str(free_port()), "IBID_WEB_PORT": str(free_port())}
        self._options = ["--project-name", project, *(f"--file={name}" for name in _FILES)]
        self._environment = {
            **os.environ,
            **self.ports,
            "IBID_TAG": os.environ.get("IBID_TEST_IMAGES", "dev"),
        }

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["docker", "compose", *self._options, *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )

    def missing(self) -> str | None:
        """Why the stack cannot be started here."""
        try:
            done = self.run("config", "--format", "json")
        except OSError:
            return "there is no docker command"
        if done.returncode != 0:
            return f"Docker Compose does not work: {done.stderr.strip().splitlines()[-1]}"
        needed = json.loads(done.stdout)["services"]
        for name in (*_SERVICES, "postgres", "redis"):
            image = needed[name]["image"]
            seen = subprocess.run(
                ["docker", "image", "inspect", image], capture_output=True, check=False
            )
            if seen.returncode != 0:
                return f"there is no image {image}, or no Docker daemon"
        return None


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    made = Stack(f"ibid-test-{uuid4().hex[:8]}")
    reason = made.missing()
    if reason is not None:
        pytest.skip(reason)
    try:
        done = made.run("up", "--detach", "--wait", "--wait-timeout=300", "web", "orchestrator")
        assert done.returncode == 0, done.stderr + made.run("logs", "--tail=20").stdout
        yield made
    finally:
        made.run("down", "--volumes", "--timeout=20")


@pytest.fixture(scope="module")
def api(stack: Stack) -> Iterator[httpx.Client]:
    """The API, as the owner of the first key."""
    key = stack.run("run", "--rm", "key").stdout.strip()
    with httpx.Client(
        base_url=f"http://127.0.0.1:{stack.ports['IBID_API_PORT']}/v1",
        headers={"authorization": f"Bearer {key}"},
        timeout=60,
    ) as client:
        yield client


def test_a_document_is_stored_and_found(api: httpx.Client) -> None:
    answer = api.post("/collections", json={"name": "Harbour"})
    assert answer.status_code == 201, answer.text
    file = ("tides.md", b"# Tides\n\nThe harbour gate is closed two hours before low water.")
    answer = api.post(f"/collections/{answer.json()['id']}/documents", files={"file": file})
    assert answer.status_code in {200, 201, 202}, answer.text
    deadline = time.monotonic() + 120
    while True:
        hits = api.post("/search", json={"query": "when does the gate shut"}).json()["hits"]
        if hits or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    assert "two hours before low water" in hits[0]["text"]


def test_starting_again_keeps_the_key_and_the_documents(stack: Stack, api: httpx.Client) -> None:
    again = stack.run("up", "--detach", "--wait", "--wait-timeout=300", "web", "orchestrator")
    assert again.returncode == 0, again.stderr
    assert stack.run("run", "--rm", "key").stdout.strip() in api.headers["authorization"]
    assert api.post("/search", json={"query": "gate"}).json()["hits"]


def test_the_dashboard_answers(stack: Stack) -> None:
    answer = httpx.get(f"http://127.0.0.1:{stack.ports['IBID_WEB_PORT']}/readyz", timeout=60)
    assert answer.status_code == 200
