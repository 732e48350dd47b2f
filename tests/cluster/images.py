"""How images reach the nodes, which differs between clusters."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import yaml

from cluster import kube
from cluster.installation import NEXT, SERVICES, TAG

OTHERS = ("pgvector/pgvector:pg17", "redis:7")
_MONITORING = yaml.safe_load(Path("helm/ibid/charts/monitoring/values.yaml").read_text("utf-8"))
PROMETHEUS = "{repository}:{tag}".format_map(_MONITORING["prometheus"]["image"])


def bring() -> None:
    """Give the nodes the images of both builds, and those of others that this machine has."""
    loader = _loader()
    if loader is None:
        return
    ours = [f"ibid-{service}:{tag}" for service in SERVICES for tag in (TAG, NEXT)]
    for image in (*ours, *OTHERS, PROMETHEUS):
        if image in ours or _is_here(image):
            kube.run([*loader, image])


def can_be_had(image: str) -> bool:
    """Whether nodes have an image that is not ours, or may fetch it."""
    brings = os.environ.get("IBID_CLUSTER_LOAD") or _kit()
    return _is_here(image) or not brings


def _loader() -> list[str] | None:
    """The command that takes an image to the nodes, None where they fetch it themselves."""
    told = os.environ.get("IBID_CLUSTER_LOAD")
    if told:
        return shlex.split(told)
    context = kube.run(["kubectl", "config", "current-context"]).stdout.strip()
    if context.startswith("kind-") and shutil.which("kind"):
        return ["kind", "load", "docker-image", "--name", context.removeprefix("kind-")]
    return _kit()


def _kit() -> list[str] | None:
    """A kit beside the repository whose cluster KUBECONFIG names."""
    for folder in (Path(__file__).resolve(), Path.cwd(), Path(os.environ["IBID_CLUSTER_CHART"])):
        for parent in folder.parents:
            program = parent / "shared" / "cluster" / "load-image"
            if program.exists() and "testcluster" in os.environ["KUBECONFIG"]:
                return [str(program)]
    return None


def _is_here(image: str) -> bool:
    done = subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=False)
    return done.returncode == 0
