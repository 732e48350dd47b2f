"""What CI runs and in which order, tried where every program only says that it was called."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_SAYS = '#!/usr/bin/env bash\necho "${0##*/} $*" >>"$LOG"\n'
_REPORT = """if [[ $1 == test ]]; then
  mkdir -p dist/test/reports
  echo '<testsuite tests="2" failures="0" errors="0" skipped="0"/>' >dist/test/reports/a.xml
fi
"""

_TOOLS = (
    "bash",
    "dirname",
    "env",
    "id",
    "mkdir",
    "mktemp",
    "rm",
    "tar",
    "timeout",
    "touch",
    "true",
)

type Run = Callable[..., list[str]]


def program(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_SAYS + text)
    path.chmod(0o755)


def become_nobody(place: Path) -> None:
    (place / "bin/id").unlink()
    program(place / "bin/id", "echo 1000\n")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A tree in which .ci/run finds what it calls, and a browser and promtool on PATH."""
    for path in (".ci/run", "scripts/promtool.sh"):
        (tmp_path / path).parent.mkdir()
        shutil.copy2(_ROOT / path, tmp_path / path)
    program(tmp_path / "pants", _REPORT)
    for script in ("image-sizes.sh", "previous-release.sh"):
        program(tmp_path / "scripts" / script)
    for tool in ("chromium", "docker", "promtool"):
        program(tmp_path / "bin" / tool)
    # none of the machine's browsers and package managers
    for tool in _TOOLS:
        (tmp_path / "bin" / tool).symlink_to(str(shutil.which(tool)))
    program(tmp_path / "bin/python3", f'exec {sys.executable} "$@"\n')
    return tmp_path


@pytest.fixture
def run(place: Path) -> Run:
    """Run it; what was called is returned, in order."""

    def called(**variables: str) -> list[str]:
        log = place / "log"
        environment = {
            "PATH": str(place / "bin"),
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


def test_what_compose_starts_beside_the_images_is_fetched(run: Run) -> None:
    called = run(CI="true")
    [fetch] = [line for line in called if line.startswith("docker compose ")]
    assert fetch.endswith(" pull --quiet --policy missing postgres redis")
    assert called.index(fetch) < called.index("pants test ::")


def test_promtool_is_installed_without_being_root(place: Path, run: Run) -> None:
    (place / "bin/promtool").unlink()
    become_nobody(place)
    program(place / "bin/apt-get", "[[ $* != *download* ]] || touch prometheus_1_all.deb\n")
    unpacked = place / "package/usr/bin/promtool"
    program(unpacked, "exit 0\n")
    program(place / "bin/dpkg-deb", f"tar --create --directory={place / 'package'} ./usr\n")
    # one that calls it, as the tests of the rules do
    program(place / "pants", f'promtool "$1" || exit\n{_REPORT}')
    called = run(CI="true")
    assert (place / ".cache/ibid/bin/promtool").read_bytes() == unpacked.read_bytes()
    assert "promtool test" in called


def test_a_browser_is_installed_by_sudo_where_that_asks_nothing(place: Path, run: Run) -> None:
    (place / "bin/chromium").unlink()
    become_nobody(place)
    program(place / "bin/sudo", 'shift\nexec "$@"\n')
    program(place / "bin/apt-get")
    called = run(CI="true")
    installs = [line for line in called if " install " in line]
    assert [line.split()[0] for line in installs] == ["sudo", "apt-get"]
    assert all("chromium" in line for line in installs)


def test_the_release_before_is_run_on_the_schema_of_this_one(run: Run) -> None:
    assert "previous-release.sh " in run()
