"""What CI runs and in which order, tried where every program only says that it was called."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

_RUN = Path(__file__).parents[2] / ".ci/run"
_SAYS = '#!/usr/bin/env bash\necho "${0##*/} $*" >>"$LOG"\n'
_REPORT = """if [[ $1 == test ]]; then
  mkdir -p dist/test/reports
  echo '<testsuite tests="2" failures="0" errors="0" skipped="0"/>' >dist/test/reports/a.xml
fi
"""

type Run = Callable[..., list[str]]


def program(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_SAYS + text)
    path.chmod(0o755)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A tree in which .ci/run finds what it calls, and a browser and promtool on PATH."""
    (tmp_path / ".ci").mkdir()
    shutil.copy2(_RUN, tmp_path / ".ci/run")
    program(tmp_path / "pants", _REPORT)
    for script in ("image-sizes.sh", "previous-release.sh"):
        program(tmp_path / "scripts" / script)
    for tool in ("chromium", "docker", "promtool"):
        program(tmp_path / "bin" / tool)
    return tmp_path


@pytest.fixture
def run(place: Path) -> Run:
    """Run it; what was called is returned, in order."""

    def called(**variables: str) -> list[str]:
        log = place / "log"
        environment = {
            "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
            "HOME": str(place),
            "LOG": str(log),
        }
        done = subprocess.run(
            [place / ".ci/run"],
            env=environment | variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "2 passed, 0 failed" in done.stdout
        return log.read_text().splitlines()

    return called


def test_images_are_made_and_their_sizes_printed_before_the_tests(run: Run) -> None:
    called = run()
    steps = ["pants package ::", "image-sizes.sh ", "pants test ::"]
    assert [line for line in called if line in steps] == steps


def test_without_images_there_are_no_sizes(place: Path, run: Run) -> None:
    program(place / "bin/docker", "exit 1\n")
    called = run()
    assert "image-sizes.sh " not in called
    assert "pants test ::" in called


def test_the_release_before_is_run_on_the_schema_of_this_one(run: Run) -> None:
    assert "previous-release.sh " in run()
