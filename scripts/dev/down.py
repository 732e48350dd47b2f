"""Stop all of it, whatever state it is in."""

import shutil
from contextlib import suppress

import psutil

from dev import processes
from dev.backing import Embedded
from dev.compose import Compose
from dev.config import Config, Mode
from dev.errors import DevError

_PATIENCE_SECONDS = 40


def down(config: Config, *, wipe: bool) -> int:
    """Stop the supervisor and what a killed one left; with ``wipe`` remove data, key and logs."""
    if not config.state.exists():
        print("Nothing was running.")
        return 0
    stopped = _stop_supervisor(config)
    left = processes.strays(config)
    processes.end(left)
    Embedded(config).clear(wipe=wipe)
    if processes.used_mode(config) is Mode.COMPOSE:
        Compose(config).clear(wipe=wipe)
    (config.run / "services.json").unlink(missing_ok=True)
    if wipe:
        _wipe(config)
    print("Stopped." if stopped or left else "Nothing was running.")
    if wipe:
        print("The data is gone.")
    return 0


def _stop_supervisor(config: Config) -> bool:
    supervisor = processes.supervisor(config)
    if supervisor is None:
        return False
    with suppress(psutil.NoSuchProcess):
        supervisor.terminate()
    if processes.wait_until_gone(supervisor, patience_seconds=_PATIENCE_SECONDS):
        return True
    with suppress(psutil.NoSuchProcess):
        supervisor.kill()
    if not processes.wait_until_gone(supervisor, patience_seconds=5):
        raise DevError(f"the supervisor (pid {supervisor.pid}) does not end")
    return True


def _wipe(config: Config) -> None:
    # By name: the folder may be one that the user has put other things into.
    for folder in (config.data, config.logs, config.run):
        if folder.exists():
            shutil.rmtree(folder)
    config.api_key.unlink(missing_ok=True)
