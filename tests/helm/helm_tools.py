"""The programs that render and judge charts, wherever this machine has them."""

import functools
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import pytest

_MODULES = {
    "helm": "helm.sh/helm/v3/cmd/helm@v3.22.0",
    "kube-score": "github.com/zegl/kube-score/cmd/kube-score@v1.20.0",
}
_VALIDATE = "kubernetes-validate==1.37.0"


@functools.cache
def find(name: str) -> str:
    """Return the program: from PATH, from a test kit beside the repository, or built with Go.

    Skips the test where there is none.
    """
    path = shutil.which(name) or _from_kit(name) or _from_go(name)
    if path is None:
        pytest.skip(f"no {name} is installed, and it cannot be built: go install {_MODULES[name]}")
    return path


@functools.cache
def kubernetes_validate() -> str:
    """Return the program, installed from the package index where PATH has none; else skip."""
    found = shutil.which("kubernetes-validate")
    if found is not None:
        return found
    folder = _cache() / _VALIDATE.replace("==", "-")
    program = folder / "bin" / "kubernetes-validate"
    if not program.exists():
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", _VALIDATE]
        if not _succeeds(pip):
            shutil.rmtree(folder, ignore_errors=True)
            pytest.skip(
                f"no kubernetes-validate is installed, nor to be had: pip install {_VALIDATE}"
            )
    return str(program)


def _from_kit(name: str) -> str | None:
    checkout = Path(os.environ.get("IBID_CHECKOUT") or Path.cwd())
    packed = checkout.parent / "shared" / "cluster" / "bin" / f"{name}.xz"
    return _unpacked(packed, name) if packed.exists() else None


def _unpacked(packed: Path, name: str) -> str | None:
    program = _cache() / name
    if not program.exists():
        new = program.with_suffix(f".{os.getpid()}")
        with new.open("wb") as file:
            done = subprocess.run(["xz", "-dc", str(packed)], stdout=file, check=False)
        if done.returncode != 0:
            return None
        new.chmod(0o755)
        new.replace(program)
    return str(program)


def _from_go(name: str) -> str | None:
    go = shutil.which("go")
    if go is None:
        return None
    program = _cache() / "bin" / name
    if not program.exists():
        environment = {**os.environ, "GOBIN": str(program.parent)}
        if not _succeeds([go, "install", _MODULES[name]], environment):
            return None
    return str(program)


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("HOME") or tempfile.gettempdir()
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    folder = Path(home) / (".cache" if home == os.environ.get("HOME") else "") / "ibid-helm" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _succeeds(command: list[str], environment: dict[str, str] | None = None) -> bool:
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, timeout=480, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
