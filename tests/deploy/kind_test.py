"""The proof on a cluster of kind's, which is there for as long as the proof runs."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_SCRIPT = Path(__file__).parents[2] / "scripts/kind-test.sh"
_KIND = """#!/usr/bin/env bash
if [[ $1 == get ]]; then cat "$FAKE/clusters"; exit; fi
echo "kind $*" >>"$FAKE/log"
if [[ $1 == create ]]; then echo new >"$KUBECONFIG"; fi
"""
_PROOF = """#!/usr/bin/env bash
echo "proof $* on $(cat "$KUBECONFIG")" >>"$FAKE/log"
exit "$(cat "$FAKE/status")"
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A tree with the script, a kind that only pretends, and a proof that passes."""
    script = tmp_path / "scripts/kind-test.sh"
    script.parent.mkdir()
    shutil.copy2(_SCRIPT, script)
    programs = {"scripts/cluster-test.sh": _PROOF, "bin/kind": _KIND}
    for path in (*programs, "bin/docker", "bin/helm", "bin/kubectl"):
        program = tmp_path / path
        program.parent.mkdir(exist_ok=True)
        program.write_text(programs.get(path, "#!/usr/bin/env bash\n"))
        program.chmod(0o755)
    (tmp_path / "clusters").write_text("another\n")
    (tmp_path / "status").write_text("0")
    return tmp_path


def run(place: Path, *arguments: str, **variables: str) -> tuple[int, list[str], str]:
    (place / "own").write_text("mine\n")
    environment = {
        "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
        "HOME": str(place),
        "FAKE": str(place),
        "KUBECONFIG": str(place / "own"),
        "TMPDIR": str(place),
    }
    done = subprocess.run(
        [place / "scripts/kind-test.sh", *arguments],
        env=environment | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    log = place / "log"
    called = log.read_text().splitlines() if log.exists() else []
    return done.returncode, called, done.stderr


@pytest.mark.parametrize("status", [0, 3])
def test_a_cluster_is_made_for_the_proof_and_taken_away(place: Path, status: int) -> None:
    (place / "status").write_text(str(status))
    ended, called, _ = run(place, "--rate", "5", "rollout_test")
    assert ended == status
    assert called == [
        "kind create cluster --name ibid-proof --wait 5m",
        "proof --rate 5 rollout_test on new",
        "kind delete cluster --name ibid-proof",
    ]
    assert (place / "own").read_text() == "mine\n"


def test_a_cluster_that_is_there_is_nobodys_to_take_away(place: Path) -> None:
    (place / "clusters").write_text("another\nibid-proof\n")
    ended, called, said = run(place)
    assert (ended, called) == (1, [])
    assert "there is a cluster ibid-proof already" in said


def test_a_cluster_can_be_of_another_version_and_be_left(place: Path) -> None:
    ended, called, said = run(place, IBID_KIND_IMAGE="kindest/node:v1.34.0", IBID_KIND_KEEP="yes")
    assert ended == 0
    assert called[0].endswith("--wait 5m --image kindest/node:v1.34.0")
    assert called[-1].startswith("proof ")
    [kubeconfig] = [line.partition("KUBECONFIG=")[2] for line in said.splitlines()]
    assert Path(kubeconfig).read_text() == "new\n"
