"""How long services take to be ready is measured and bounded, where Docker only pretends."""

import os
import re
import subprocess
from pathlib import Path

import pytest

_SCRIPT = Path(__file__).parents[2] / "scripts/start-times.sh"
_DOCKER = """#!/usr/bin/env bash
echo "docker $*" >>"$FAKE/log"
case "$*" in
  *" ps --quiet "*) echo "stack-${*: -1}" ;;
  *Config.Image*) echo "image-of-${*: -1}" ;;
  *NetworkMode*) echo network-of-the-stack ;;
  *Config.Env*) printf 'IBID_REDIS_URL=redis://redis\\n\\n' ;;
  run*) echo "run-$(grep -c '^docker run' "$FAKE/log")" ;;
  port*) echo 127.0.0.1:5555 ;;
esac
"""
# Each second question is answered: a service is not ready at once.
_CURL = """#!/usr/bin/env bash
echo "curl $*" >>"$FAKE/log"
(($(grep -c '^curl' "$FAKE/log") % 2 == 0))
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name, text in (("docker", _DOCKER), ("curl", _CURL)):
        program = tmp_path / name
        program.write_text(text)
        program.chmod(0o755)
    return tmp_path


def measure(place: Path, *arguments: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    done = subprocess.run(
        [_SCRIPT, *arguments],
        env={"PATH": f"{place}:{os.environ['PATH']}", "FAKE": str(place)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done, (place / "log").read_text().splitlines()


def test_every_service_is_started_beside_the_stack_until_it_is_ready(place: Path) -> None:
    done, log = measure(place, "--starts", "2", "1.2.3")
    assert done.returncode == 0, done.stderr
    lines = [line.split(maxsplit=1) for line in done.stdout.splitlines()]
    assert [name for name, _ in lines] == ["api", "web", "orchestrator"]
    for _, figures in lines:
        assert re.fullmatch(r"\d+\.\d\d s, \d+\.\d\d s", figures)
    runs = [line for line in log if line.startswith("docker run ")]
    for service, port in (("api", 3001), ("web", 3000), ("orchestrator", 3002)):
        own = [line for line in runs if line.endswith(f" image-of-stack-{service}")]
        assert len(own) == 2
        for option in (
            "--network network-of-the-stack",
            f"--volumes-from stack-{service}",
            "--read-only",
            f"--publish 127.0.0.1::{port}",
        ):
            assert option in own[0]
    assert all(
        line.endswith("/readyz") and "127.0.0.1:5555" in line
        for line in log
        if line.startswith("curl ")
    )


def test_what_is_started_goes_again(place: Path) -> None:
    done, log = measure(place, "--starts", "1")
    assert done.returncode == 0, done.stderr
    gone = [line for line in log if line.startswith("docker rm --force run-")]
    assert len(gone) == 3
    assert " down --volumes " in log[-1]


def test_a_start_above_the_bound_fails(place: Path) -> None:
    done, _ = measure(place, "--starts", "1", "--most", "0")
    assert done.returncode == 1
    assert "more than 0 s from docker run to /readyz: api orchestrator web" in done.stderr
    assert len(done.stdout.splitlines()) == 3


def test_the_bound_is_five_seconds() -> None:
    assert re.search(r"^starts=3 most=5 ", _SCRIPT.read_text("utf-8"), re.MULTILINE)
