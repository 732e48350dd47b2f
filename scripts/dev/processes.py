"""Processes that outlive the one that started them: who holds the lock, what a killed run left."""

import fcntl
import json
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import psutil

from dev.config import MARK, Config, Mode

# A supervisor's exit code when another one has the state folder.
TAKEN = 3

_LOCK = "supervisor.lock"


def lock(config: Config) -> IO[str] | None:
    """Take the state folder for this process's life; None if a live process has it.

    The system gives the lock back when the process ends, however it ends, so that no stale file
    and no number that another process got later can be taken for a supervisor.
    """
    config.run.mkdir(parents=True, exist_ok=True)
    file = (config.run / _LOCK).open("a+")
    # Who only looks holds it for a moment, too.
    for _ in range(10):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.02)
            continue
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        return file
    file.close()
    return None


def supervisor(config: Config) -> psutil.Process | None:
    """Return the live supervisor of the state folder."""
    # It takes the lock a moment before it writes its number.
    for _ in range(10):
        try:
            with (config.run / _LOCK).open() as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                return None
        except FileNotFoundError:
            return None
        except BlockingIOError:
            with suppress(OSError, ValueError, psutil.Error):
                return psutil.Process(int((config.run / _LOCK).read_text()))
        time.sleep(0.02)
    return None


def strays(config: Config) -> list[psutil.Process]:
    """Return the processes that a supervisor of this state folder started and that still run."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == str(config.state) and process.pid != os.getpid():
                found.append(process)
    return found


def end(processes: Sequence[psutil.Process], *, patience_seconds: float = 10) -> None:
    """Ask the processes to end, and make those end that do not."""
    for process in processes:
        with suppress(psutil.Error):
            process.terminate()
    _, stubborn = psutil.wait_procs(processes, timeout=patience_seconds)
    for process in stubborn:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(stubborn, timeout=patience_seconds)


def wait_until_gone(process: psutil.Process, *, patience_seconds: float) -> bool:
    """Return whether the process ended in time."""
    _, alive = psutil.wait_procs([process], timeout=patience_seconds)
    return not alive


def write_state(path: Path, facts: dict[str, object]) -> None:
    """Write a small JSON file so that a reader sees the old or the new one, never half of one."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps(facts, indent=2) + "\n")
    new.replace(path)


def use_mode(config: Config, mode: Mode) -> None:
    """Remember where PostgreSQL and Redis come from, for whoever has to stop them."""
    (config.run / "mode").write_text(mode)


def used_mode(config: Config) -> Mode | None:
    path = config.run / "mode"
    return Mode(path.read_text()) if path.exists() else None
