"""The images of ./pants say their commit, tried with a Pants that prints what it is told."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_PANTS = Path(__file__).parents[2] / "pants"
_GIT = ("git", "-c", "user.name=x", "-c", "user.email=x@example.org")

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository of one commit with ./pants, whose tools are there already."""
    clone = tmp_path / "clone"
    clone.mkdir()
    shutil.copy2(_PANTS, clone / "pants")
    git(clone, "init", "-q")
    git(clone, "add", "pants")
    git(clone, "commit", "-q", "-m", "x")
    name = dict(re.findall(r"^(PANTS|PEX|RECIPE)=(\S+)", _PANTS.read_text("utf-8"), re.MULTILINE))
    tools = tmp_path / f"tools/pants-{name['PANTS']}-pex-{name['PEX']}-r{name['RECIPE']}"
    program = tools / "venv/bin/pants"
    program.parent.mkdir(parents=True)
    program.write_text('#!/usr/bin/env bash\necho "$PANTS_DOCKER_BUILD_ARGS"\n')
    program.chmod(0o755)
    (tools / "done").write_text("0|0\n")
    return clone


def git(clone: Path, *arguments: str) -> str:
    done = subprocess.run(
        [*_GIT, *arguments], cwd=clone, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def labels(clone: Path, **variables: str) -> dict[str, str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(clone.parent),
        "PANTS_BOOTSTRAP_DIR": str(clone.parent / "tools"),
        "PANTS_PYTHON312": sys.executable,
        "IBID_IMAGES": "yes",
    }
    done = subprocess.run(
        [clone / "pants", "package", "::"],
        env=environment | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(argument.split("=", 1) for argument in ast.literal_eval(done.stdout))


def test_an_image_says_its_commit(clone: Path) -> None:
    assert labels(clone) == {"REVISION": git(clone, "rev-parse", "HEAD"), "SOURCE": "unknown"}


def test_an_image_of_a_changed_tree_does_not_pass_for_its_commit(clone: Path) -> None:
    with (clone / "pants").open("a") as script:
        script.write("# changed\n")
    assert labels(clone)["REVISION"] == git(clone, "rev-parse", "HEAD") + "-dirty"


def test_without_a_repository_nothing_is_known(clone: Path) -> None:
    shutil.rmtree(clone / ".git")
    # nor of a repository around it
    assert labels(clone, GIT_CEILING_DIRECTORIES=str(clone.parent))["REVISION"] == "unknown"


@pytest.mark.parametrize(
    "origin",
    [
        "https://forge.example/acme/ibid",
        "https://forge.example/acme/ibid.git",
        "https://someone:secret@forge.example/acme/ibid.git",
        "git@forge.example:acme/ibid.git",
    ],
)
def test_clones_of_one_origin_make_the_same_image(clone: Path, origin: str) -> None:
    git(clone, "remote", "add", "origin", origin)
    assert labels(clone)["SOURCE"] == "https://forge.example/acme/ibid"


def test_a_path_of_this_machine_is_no_source(clone: Path) -> None:
    git(clone, "remote", "add", "origin", "/home/someone/ibid")
    assert labels(clone)["SOURCE"] == "unknown"


def test_what_the_environment_says_goes_first(clone: Path) -> None:
    git(clone, "remote", "add", "origin", "https://forge.example/someone/fork")
    on_github = {"GITHUB_REPOSITORY": "acme/ibid"}
    assert labels(clone, **on_github)["SOURCE"] == "https://github.com/acme/ibid"
    told = labels(clone, **on_github, IBID_SOURCE="https://acme.example/ibid", IBID_VERSION="1.2.3")
    assert (told["SOURCE"], told["VERSION"]) == ("https://acme.example/ibid", "1.2.3")
