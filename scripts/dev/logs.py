"""The services' log files: on one terminal, and what one of them says of an end."""

import re
import subprocess
import time
from pathlib import Path

from dev.config import Config

_MOST = 300
_TELLING = re.compile(r"^ibid: |\w(?:Error|Exception)\b|`Err`|[Ee]rror: |No module named")
_LEVEL = re.compile(r'"level": "(?:error|critical)"')
_NAMES = ("supervisor", "web", "api", "orchestrator")


def follow(config: Config, supervisor: subprocess.Popen[str]) -> None:
    """Print what the logs get until the supervisor ends, each line behind its service's name."""
    paths = {name: config.logs / f"{name}.log" for name in _NAMES}
    offsets = {name: _size(path) for name, path in paths.items()}
    while supervisor.poll() is None:
        for name, path in paths.items():
            offsets[name] = _print_from(path, offsets[name], name)
        time.sleep(0.2)


def reason(log: str) -> str:
    """Return the line of a log that tells best why the process has ended; empty if none does."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    plain = [line for line in lines if not line.startswith("{")]
    for line in reversed(plain):
        if _TELLING.search(line):
            return line[:_MOST]
    for line in reversed(lines):
        if line.startswith("{") and _LEVEL.search(line):
            return line[:_MOST]
    return (plain or lines or [""])[-1][:_MOST]


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
