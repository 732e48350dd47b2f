"""The services' log files on one terminal."""

import subprocess
import time
from pathlib import Path

from dev.config import Config

_NAMES = ("supervisor", "web", "api", "orchestrator")


def follow(config: Config, supervisor: subprocess.Popen[str]) -> None:
    """Print what the logs get until the supervisor ends, each line behind its service's name."""
    paths = {name: config.logs / f"{name}.log" for name in _NAMES}
    offsets = {name: _size(path) for name, path in paths.items()}
    while supervisor.poll() is None:
        for name, path in paths.items():
            offsets[name] = _print_from(path, offsets[name], name)
        time.sleep(0.2)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _print_from(path: Path, offset: int, name: str) -> int:
    """Print the whole lines behind ``offset`` and return where they end."""
    if _size(path) <= offset:
        return min(offset, _size(path))
    with path.open("rb") as log:
        log.seek(offset)
        new = log.read()
    whole = new[: new.rfind(b"\n") + 1]
    for line in whole.decode(errors="replace").splitlines():
        print(f"{name:>12} | {line}", flush=True)
    return offset + len(whole)
