"""What a commit is called follows from where it was pushed."""

import os
import subprocess
from pathlib import Path

import pytest

_SCRIPT = Path(__file__).parents[2] / "scripts/deploy/tags.sh"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository with releases up to 1.3.0 on main, and a branch with a commit of its own."""
    git(tmp_path, "init", "-q", "-b", "main")
    for tag in ("v0.9.0", "v1.2.0", "v1.10.0-rc.1", "v1.3.0", "not-a-release"):
        git(tmp_path, "commit", "-q", "--allow-empty", "-m", tag)
        git(tmp_path, "tag", tag)
    git(tmp_path, "checkout", "-q", "-b", "side")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "side")
    git(tmp_path, "checkout", "-q", "main")
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    person = {"NAME": "A", "EMAIL": "a@example.com"}
    roles = ("AUTHOR", "COMMITTER")
    who = {f"GIT_{role}_{key}": value for role in roles for key, value in person.items()}
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **who}
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def tags(clone: Path, ref: str, commit: str = "main") -> tuple[int, dict[str, str], str]:
    variables = {"IBID_REF": ref, "IBID_COMMIT": git(clone, "rev-parse", commit)}
    place = {"HOME": str(clone), "IBID_REPOSITORY_DIR": str(clone)}
    done = subprocess.run(
        [str(_SCRIPT)],
        env={"PATH": os.environ["PATH"]} | place | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    said = dict(line.split("=", 1) for line in done.stdout.splitlines())
    return done.returncode, said, done.stderr


def test_the_default_branch_is_pushed_and_deployed_but_is_not_the_latest(clone: Path) -> None:
    commit = git(clone, "rev-parse", "main")
    _, said, _ = tags(clone, "refs/heads/main")
    assert said == {
        "IBID_COMMIT": commit,
        "IBID_VERSION": f"0.0.0-main.g{commit[:12]}",
        "IBID_TAGS": f"sha-{commit} main",
        "IBID_PUSH": "yes",
        "IBID_DEPLOY": "yes",
    }


def test_another_branch_is_never_deployed(clone: Path) -> None:
    _, said, _ = tags(clone, "refs/heads/Fix/A_B", "side")
    assert said["IBID_TAGS"].split()[1] == "fix-a-b"
    assert said["IBID_DEPLOY"] == "no"


def test_a_pull_request_is_neither_pushed_nor_deployed(clone: Path) -> None:
    _, said, _ = tags(clone, "refs/pull/12/merge", "side")
    assert said["IBID_TAGS"].split()[1] == "pr-12"
    assert (said["IBID_PUSH"], said["IBID_DEPLOY"]) == ("no", "no")


@pytest.mark.parametrize(
    ("tag", "names"),
    [
        pytest.param("v1.3.1", "1.3.1 1.3 1 latest", id="the newest"),
        pytest.param("v1.2.1", "1.2.1 1.2", id="a repair of an older release"),
        pytest.param("v0.9.1", "0.9.1 0.9", id="below 1.0 no tag spans minor releases"),
        pytest.param("v1.10.0", "1.10.0 1.10 1 latest", id="ten comes after three"),
        pytest.param("v2.0.0-rc.1", "2.0.0-rc.1", id="a candidate moves no other tag"),
    ],
)
def test_a_release_has_the_tags_that_it_is_the_newest_of(clone: Path, tag: str, names: str) -> None:
    git(clone, "tag", tag)
    status, said, errors = tags(clone, f"refs/tags/{tag}")
    assert status == 0, errors
    assert said["IBID_TAGS"].split()[1:] == names.split()
    assert said["IBID_VERSION"] == tag[1:]
    # it is published; the stages run what the default branch says
    assert (said["IBID_PUSH"], said["IBID_DEPLOY"]) == ("yes", "no")


def test_a_release_that_is_not_on_the_default_branch_is_refused(clone: Path) -> None:
    status, said, errors = tags(clone, "refs/tags/v1.4.0", "side")
    assert (status, said) == (1, {})
    assert "not on main" in errors


@pytest.mark.parametrize("tag", ["v1.2", "v01.2.3", "v1.2.3+build", "v1.2.3-", "v1.2.3-a_b"])
def test_a_tag_that_is_no_version_is_refused(clone: Path, tag: str) -> None:
    status, said, errors = tags(clone, f"refs/tags/{tag}")
    assert (status, said) == (1, {})
    assert "not a version" in errors
