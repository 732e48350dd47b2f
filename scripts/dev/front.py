"""What the person at the keyboard sees: the start, the URLs, the demo, the logs."""

import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from types import FrameType

from dev import processes
from dev.config import ROOT, Config, Mode
from dev.demo import show_demo
from dev.errors import DevError
from dev.launch import launched
from dev.logs import follow
from dev.services import services, unready_reason

_MIN_FREE_BYTES = 200 * 2**20
_START_SECONDS = 200
_HICCUP_SECONDS = 20
_STOP_SECONDS = 40


class _Interrupted(BaseException):
    """Ctrl-C, SIGTERM, or the end of the terminal."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the arguments ask for; without ``mode`` it depends on whether Docker is there."""

    detach: bool
    demo: bool
    mode: Mode | None


def up(config: Config, wish: Wish) -> int:
    """Start Ibid, or find it running, and return the exit code; raise DevError if it fails.

    When this raises or is interrupted, what it has started is ended.
    """
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _interrupt)
    supervisor: subprocess.Popen[str] | None = None
    stays = False
    is_up = False
    try:
        while not is_up:
            if _is_up(config):
                stays = True
                break
            _check_disk(config)
            supervisor = _spawn(config, wish)
            is_up = _follow_start(config, supervisor)
        _show(config, "Ibid is up" if is_up else "Ibid is already up")
        if wish.demo:
            show_demo(config)
        stays = stays or wish.detach
        if supervisor is not None and not stays:
            print("Ctrl-C stops it all.\n", flush=True)
            follow(config, supervisor)
            raise DevError(f"the supervisor has ended: see {config.logs / 'supervisor.log'}")
    except _Interrupted:
        return 0 if is_up else 130
    finally:
        if supervisor is not None and not stays:
            _end(supervisor)
    return 0


def _is_up(config: Config) -> bool:
    """Return whether a supervisor has everything ready; wait for one that is starting."""
    deadline: float | None = None
    while (other := processes.supervisor(config)) is not None:
        unready = [one for one in services(config) if unready_reason(one.url) is not None]
        if not unready:
            return True
        if deadline is None:
            has_started = (config.run / "services.json").exists()
            patience = _HICCUP_SECONDS if has_started else _START_SECONDS
            deadline = time.monotonic() + patience
        if time.monotonic() > deadline:
            raise DevError(
                f"Ibid is running (pid {other.pid}), but {unready[0].name} is not ready: "
                f"see {config.logs}, or stop it with scripts/dev-down.sh"
            )
        time.sleep(0.2)
    return False


def _check_disk(config: Config) -> None:
    config.state.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(config.state).free
    if free < _MIN_FREE_BYTES:
        raise DevError(
            f"the disk of {config.state} is full: {free >> 20} MiB free, "
            f"at least {_MIN_FREE_BYTES >> 20} are needed"
        )


def _spawn(config: Config, wish: Wish) -> subprocess.Popen[str]:
    mode = [f"--{wish.mode}"] if wish.mode else []
    command = [sys.executable, "-P", "-m", "dev", "supervise", *mode]
    config.logs.mkdir(parents=True, exist_ok=True)
    with (config.logs / "supervisor.log").open("a") as log:
        return subprocess.Popen(
            # In the foreground it lives no longer than this process, even if this one is killed.
            command if wish.detach else launched(command),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )


def _follow_start(config: Config, supervisor: subprocess.Popen[str]) -> bool:
    """Show what the supervisor says until it is ready; False if another one was faster."""
    assert supervisor.stdout is not None
    for line in supervisor.stdout:
        word, _, text = line.rstrip("\n").partition(" ")
        if word == "ready":
            return True
        if word == "fail":
            supervisor.wait()
            raise DevError(text)
        print(f"dev-up: {text}", file=sys.stderr, flush=True)
    if supervisor.wait() == processes.TAKEN:
        return False
    raise DevError(f"the supervisor has ended: see {config.logs / 'supervisor.log'}")


def _end(supervisor: subprocess.Popen[str]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    supervisor.terminate()
    try:
        supervisor.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        supervisor.kill()
        supervisor.wait()


def _show(config: Config, title: str) -> None:
    api_docs = f"{config.api_url}/schema"
    print(
        f"{title}.\n"
        f"  dashboard   {config.web_url}\n"
        f"  API         {config.api_url} (described at {api_docs})\n"
        f"  API key     {config.api_key}\n"
        f"  logs        {config.logs}",
        flush=True,
    )


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise _Interrupted
