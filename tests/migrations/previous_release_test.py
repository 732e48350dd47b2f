"""The release before is tested on the schema of the next, tried on a copy of the repository."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

_REPOSITORY = Path(__file__).parents[2]
_PARTS = ("pytest.ini", "scripts/previous-release.sh", "src/python/libs")
_VERSIONS = "src/python/libs/postgres/migrations/versions"

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

type Script = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository of one commit, which is no release."""
    for part in _PARTS:
        source, copy = _REPOSITORY / part, tmp_path / part
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, copy)
    _git(tmp_path, "init", "-q")
    _commit(tmp_path)
    return tmp_path


@pytest.fixture
def script(repository: Path) -> Script:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [repository / "scripts/previous-release.sh", *arguments],
            env={
                **os.environ,
                "IBID_DEV_PYTHON": sys.executable,
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            },
            capture_output=True,
            text=True,
        )

    return run


def test_without_a_release_there_is_nothing_to_test(script: Script) -> None:
    done = script()
    assert (done.returncode, done.stdout) == (0, "skipped: there is no release yet\n")


def test_a_shallow_clone_does_not_know_the_release_before(repository: Path) -> None:
    _git(repository, "tag", "v0.1.0")
    _commit(repository)
    clone = repository / "clone"
    _git(repository, "clone", "-q", "--depth=1", repository.as_uri(), str(clone))
    done = subprocess.run(
        [clone / "scripts/previous-release.sh"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("skipped: this clone is shallow")


def test_an_unknown_release_is_told(script: Script) -> None:
    done = script("v9.9.9")
    assert done.returncode == 2
    assert done.stderr == "previous-release.sh: there is no v9.9.9 here\n"


def test_the_same_schema_needs_no_test(repository: Path, script: Script) -> None:
    _git(repository, "tag", "v0.1.0")
    _commit(repository)
    assert script().stdout == "skipped: the schema is that of v0.1.0\n"


@pytest.mark.parametrize(
    ("statement", "passes"),
    [
        ("alter table api_keys add column expires_at timestamptz;", True),
        ("alter table api_keys add column scope text not null;", False),
    ],
)
def test_the_release_runs_on_an_expanded_schema_and_on_no_other(
    repository: Path, script: Script, statement: str, passes: bool
) -> None:
    _git(repository, "tag", "v0.1.0")
    _plant(repository / _VERSIONS, statement)
    _commit(repository)
    done = script("--", "src/python/libs/accounts/accounts_db_test.py", "-k", "bootstrap")
    assert "the database tests of v0.1.0" in done.stdout
    assert (done.returncode == 0) is passes, done.stdout + done.stderr
    assert passes or "NotNullViolation" in done.stdout


def _plant(versions: Path, statement: str) -> None:
    newest = max(versions.glob("*.py")).name[:4]
    revision = f"{int(newest) + 1:04}"
    (versions / f"{revision}_planted.sql").write_text(statement + "\n", "utf-8")
    (versions / f"{revision}_planted.py").write_text(
        "from libs.postgres.migrations import run_sql\n\n"
        f'revision = "{revision}"\ndown_revision = "{newest}"\n\n\n'
        "def upgrade() -> None:\n    run_sql(__file__)\n",
        "utf-8",
    )


def _commit(repository: Path) -> None:
    _git(repository, "add", "-A")
    _git(repository, "commit", "-q", "--allow-empty", "-m", "x")


def _git(repository: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    subprocess.run(["git", "-C", str(repository), *identity, *arguments], check=True)
