"""The build refuses the imports that the design forbids, tried on a copy of the repository."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

_REPOSITORY = Path(__file__).parents[2]
_PARTS = ("3rdparty", "pants", "pants-plugins", "pants.toml", "src")

_FORBIDDEN = [
    pytest.param("web", "libs.corpus", id="web reaches the corpus over HTTP only"),
    pytest.param("libs/errors", "api", id="a lib never imports a service"),
    pytest.param("orchestrator", "api", id="services never import each other"),
    pytest.param("libs/corpus", "libs.settings", id="a lib takes values, not settings"),
    pytest.param("api", "libs.testing", id="only tests use the test kit"),
    pytest.param("libs/search", "streamlit", id="a framework has one owner"),
]

type Pants = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the build reads."""
    copy = tmp_path_factory.mktemp("repository")
    for part in _PARTS:
        source = _REPOSITORY / part
        if not source.exists():
            pytest.skip(f"{part} is not beside the tests: run them with ./pants test")
        if source.is_dir():
            shutil.copytree(source, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, copy / part)
    return copy


@pytest.fixture(scope="session")
def pants(repository: Path) -> Iterator[Pants]:
    """Run the copy's ./pants; its daemon lives as long as the session."""
    if "HOME" not in os.environ:
        pytest.skip("without HOME there is no place for Pants' tools")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["./pants", "--no-dynamic-ui", *arguments],
            cwd=repository,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )

    yield run
    with suppress(FileNotFoundError, ProcessLookupError, ValueError):
        os.kill(int((repository / ".pids/pantsd/pid").read_text()), signal.SIGTERM)


def test_the_tree_as_it_is_is_allowed(pants: Pants) -> None:
    result = pants("dependencies", "::")
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(("package", "module"), _FORBIDDEN)
def test_a_forbidden_import_is_refused(
    pants: Pants, repository: Path, package: str, module: str
) -> None:
    planted = repository / "src/python" / package / "planted.py"
    planted.write_text(f"import {module}\n")
    try:
        result = pants("dependencies", str(planted.relative_to(repository)))
    finally:
        planted.unlink()
    assert result.returncode != 0
    assert "DENY" in result.stderr
    assert f"{package}/planted.py" in result.stderr
