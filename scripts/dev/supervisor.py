"""The process that owns a running Ibid.

On stdout it tells the front, a line each: ``say TEXT`` while it starts, then ``ready`` or
``fail TEXT``; after ``ready`` nothing more. A failed start, SIGTERM and SIGINT end all of it.
"""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import NoReturn

import watchfiles

from dev import processes
from dev.backing import Backing, choose
from dev.config import Config, Mode
from dev.errors import DevError
from dev.keys import is_refused
from dev.logs import reason
from dev.schema import fingerprint
from dev.services import SOURCES, Running, services, touched_by, wait_until_ready
from libs.embedded import EmbeddedError, require_free

_READY_SECONDS = 150
_LOG_BYTES = 10_000_000
_MOST_WAIT_SECONDS = 10.0


class _Asked(BaseException):
    """The supervisor shall end."""


class Supervisor:
    """Starts everything, keeps it up, and ends it; to be used from the main thread only."""

    def __init__(self, config: Config, asked: Mode | None) -> None:
        self._config = config
        self._asked = asked
        self._backing: Backing | None = None
        self._running: list[Running] = []
        # There once everything is ready: who runs, for tests and for another dev-up.
        self._facts = config.run / "services.json"
        self._again_at: dict[str, tuple[float, float]] = {}

    def start(self) -> None:
        """Bring everything up; raise DevError or EmbeddedError if a part does not come."""
        config = self._config
        processes.end(processes.strays(config))
        self._facts.unlink(missing_ok=True)
        for service in services(config):
            require_free(service.port, purpose=service.name)
        self._backing = choose(config, self._asked or self._mode_of_the_data())
        is_new = not config.api_key.exists() or self._has_moved(self._backing)
        processes.use_mode(config, self._backing.mode)
        self._say(f"starting PostgreSQL and Redis ({self._backing.mode})")
        self._running = [
            Running(service, config.environment(), self._log_file(service.name))
            for service in services(config)
        ]
        self._backing.launch()
        web, *others = self._running
        web.start()
        if not is_new:
            # They need not wait for a migration that most likely does nothing.
            self._start(others)
        self._wait_for_backing(may_turn=self._asked is None and is_new)
        self._migrate()
        if is_new:
            self._bootstrap()
            self._start(others)
        self._say("starting api, web and orchestrator")
        wait_until_ready(
            self._running,
            timeout_seconds=_READY_SECONDS,
            is_ready=lambda name: self._log(f"{name} is ready"),
        )
        if is_refused(config):
            self._bootstrap()
        self._publish()

    def run(self) -> NoReturn:
        """Restart what has changed or ended, until a signal comes."""
        changes: queue.SimpleQueue[set[Path]] = queue.SimpleQueue()
        threading.Thread(target=_watch, args=(changes,), daemon=True).start()
        while True:
            if changed := _gather(changes):
                self._reload(changed)
            self._revive()

    def stop(self) -> None:
        """End everything; safe at any point of the start, and to repeat."""
        for running in self._running:
            running.ask_to_stop()
        for running in self._running:
            running.wait_until_stopped()
        if self._backing is not None:
            self._backing.stop()
        processes.end(processes.strays(self._config))
        self._facts.unlink(missing_ok=True)

    def _mode_of_the_data(self) -> Mode | None:
        """Stay with the embedded servers that have data, also where Docker answers by now."""
        used = processes.used_mode(self._config)
        return used if used is Mode.EMBEDDED and self._config.api_key.exists() else None

    def _wait_for_backing(self, *, may_turn: bool) -> None:
        """Wait for PostgreSQL and Redis; with ``may_turn``, for others where Compose fails.

        A Docker daemon may be there, and yet none of the images.
        """
        assert self._backing is not None
        try:
            self._backing.wait()
        except DevError as error:
            if self._backing.mode is not Mode.COMPOSE or not may_turn:
                raise
            self._say(f"{error}; starting the embedded servers instead")
            self._backing.stop()
            self._backing = choose(self._config, Mode.EMBEDDED)
            processes.use_mode(self._config, self._backing.mode)
            self._backing.launch()
            self._backing.wait()

    def _has_moved(self, backing: Backing) -> bool:
        """Stop the servers of the run before, if they were others; return whether they were."""
        before = processes.used_mode(self._config)
        if before in {None, backing.mode}:
            return False
        choose(self._config, before).clear(wipe=False)
        return True

    def _migrate(self) -> None:
        """Bring the schema up to date, unless that has been done here with the same migrations."""
        assert self._backing is not None
        now = fingerprint()
        if not self._backing.has_schema(now):
            self._cli("migrate")
            self._backing.keep_schema(now)

    def _bootstrap(self) -> None:
        # A key in the file that still works stays.
        self._cli("bootstrap", "--key-file", str(self._config.api_key))

    def _start(self, running: list[Running]) -> None:
        for one in running:
            one.start()

    def _cli(self, *arguments: str) -> None:
        """Run an ``ibid`` command; raise DevError with its last words if it fails."""
        done = subprocess.run(
            [sys.executable, "-P", "-m", "cli", *arguments],
            env=self._config.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        with self._log_file("cli").open("a") as log:
            log.write(done.stderr)
        if done.returncode != 0:
            said = reason(done.stderr) or reason(done.stdout)
            raise DevError(f"ibid {arguments[0]} failed: {said or 'it does not say why'}")

    def _reload(self, changed: set[Path]) -> None:
        names = touched_by(changed)
        touched = [one for one in self._running if one.service.name in names]
        for one in touched:
            one.ask_to_stop()
        for one in touched:
            one.wait_until_stopped()
            one.start()
            self._again_at.pop(one.service.name, None)
            self._log(f"{one.service.name}: its code has changed: restarted")
        if touched:
            self._publish()

    def _revive(self) -> None:
        now = time.monotonic()
        for one in self._running:
            name = one.service.name
            if not one.has_ended:
                continue
            if name not in self._again_at or self._again_at[name][0] < now - 60:
                self._again_at[name] = (now + 1, 1.0)
                self._log(f"{name} has ended: {one.last_words()}")
            at, waited = self._again_at[name]
            if now >= at:
                one.start()
                self._again_at[name] = (now + 2 * waited, min(2 * waited, _MOST_WAIT_SECONDS))
                self._log(f"{name}: started again")
                self._publish()
        assert self._backing is not None
        try:
            for server in self._backing.keep_up():
                self._log(f"{server} has ended: started again")
        except EmbeddedError as error:
            self._log(str(error))
            time.sleep(1)

    def _publish(self) -> None:
        assert self._backing is not None
        facts: dict[str, object] = {"supervisor": os.getpid(), "mode": self._backing.mode}
        for one in self._running:
            facts[one.service.name] = {"pid": one.pid, "url": one.service.url}
        processes.write_state(self._facts, facts)

    def _log_file(self, name: str) -> Path:
        path = self._config.logs / f"{name}.log"
        path.touch()
        return path

    def _say(self, text: str) -> None:
        tell(f"say {text}")
        self._log(text)

    def _log(self, text: str) -> None:
        with self._log_file("supervisor").open("a") as log:
            log.write(f"{datetime.now(UTC).isoformat(timespec='milliseconds')} {text}\n")


def supervise(config: Config, asked: Mode | None) -> int:
    """Run until a signal comes; 1 if the start failed, TAKEN if another has the folder."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _stop_once)
    supervisor = Supervisor(config, asked)
    try:
        lock = processes.lock(config)
        if lock is None:
            return processes.TAKEN
        _make_folders(config)
        supervisor.start()
        tell("ready")
        _leave_stdout(config)
        supervisor.run()
    except _Asked:
        return 0
    except (DevError, EmbeddedError, OSError) as error:
        tell(f"fail {_one_line(error, config)}")
        return 1
    finally:
        with suppress(DevError, EmbeddedError, OSError):
            supervisor.stop()


def tell(line: str) -> None:
    """Write a line to the front, which may be gone."""
    with suppress(BrokenPipeError):
        print(line, flush=True)


def _stop_once(number: int, frame: FrameType | None) -> None:
    for again in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(again, signal.SIG_IGN)
    raise _Asked


def _make_folders(config: Config) -> None:
    for folder in (config.logs, config.data):
        folder.mkdir(parents=True, exist_ok=True)
    for log in config.logs.glob("*.log"):
        if log.stat().st_size > _LOG_BYTES:
            log.unlink()


def _leave_stdout(config: Config) -> None:
    """Let the front's pipe go, so that the front sees its end."""
    with (config.logs / "supervisor.log").open("a") as log:
        os.dup2(log.fileno(), sys.stdout.fileno())


def _one_line(error: Exception, config: Config) -> str:
    if isinstance(error, OSError):
        return f"{error.filename or config.state}: {error.strerror}"
    return " ".join(str(error).split())


def _gather(changes: queue.SimpleQueue[set[Path]]) -> set[Path]:
    """Return what has changed within the next moment; an editor that saves all saves in waves."""
    changed: set[Path] = set()
    with suppress(queue.Empty):
        changed |= changes.get(timeout=0.2)
        while True:
            changed |= changes.get(timeout=0.5)
    return changed


def _watch(changes: queue.SimpleQueue[set[Path]]) -> None:
    for batch in watchfiles.watch(SOURCES, debounce=400):
        changes.put({Path(path) for _, path in batch})
