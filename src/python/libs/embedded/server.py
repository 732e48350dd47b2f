"""What the two servers share: a child process, its folder, its account, its end."""

import errno
import os
import pwd
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

import psutil

from libs.embedded import launcher
from libs.embedded.errors import DiskFull, EmbeddedError, StartFailed
from libs.embedded.ports import require_free

_LAUNCHER = launcher.__file__
# The second is PostgreSQL's hint after half a write.
_NO_SPACE = (os.strerror(errno.ENOSPC), "Check free disk space")
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class _Account:
    uid: int
    gid: int


class Server(ABC):
    """A child process that serves on a port of 127.0.0.1 out of the folder ``home``.

    ``launch`` must be called from a thread that lives as long as the server shall: the system ends
    the child when that thread ends. ``wait`` may be called from any thread.
    """

    name: ClassVar[str]
    _stop_signals: ClassVar[Sequence[signal.Signals]]
    _death_signal: ClassVar[signal.Signals]

    def __init__(self, home: Path, *, port: int) -> None:
        self.home = home.absolute()
        self.port = port
        self.log = self.home / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def launch(self) -> None:
        """Start the process without waiting for it to answer.

        A server that an earlier, killed run left behind in ``home`` is stopped first. Raises
        PortBusy, DiskFull or StartFailed; nothing is left running then.
        """
        self._make_home()
        self.stop_leftover()
        require_free(self.port, purpose=self.name)
        try:
            self._prepare()
            self._process = self._spawn(self._command())
        except OSError as error:
            raise self._failure(error.strerror or str(error)) from error

    def wait(self, timeout_seconds: float = 30) -> None:
        """Return when the server answers; otherwise stop it and raise DiskFull or StartFailed."""
        deadline = time.monotonic() + timeout_seconds
        while not self._answers():
            if not self.is_running:
                raise self._failure(self._last_words())
            if time.monotonic() > deadline:
                self.stop()
                raise self._failure(f"no answer within {timeout_seconds:.0f} s")
            time.sleep(_POLL_SECONDS)

    def start(self) -> None:
        self.launch()
        self.wait()

    def stop(self) -> None:
        """End the server in good order, and by force if it does not go; safe to repeat."""
        if self._process is not None:
            if self.is_running:
                _end(psutil.Process(self._process.pid), self._stop_signals)
            self._process.wait()
            self._process = None

    def stop_leftover(self) -> None:
        """End the server that a killed process left behind in ``home``, if there is one."""
        leftover = self._leftover()
        if leftover is not None:
            _end(leftover, self._stop_signals)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @abstractmethod
    def _prepare(self) -> None:
        """Make the data folder fit for the first start."""

    @abstractmethod
    def _command(self) -> Sequence[str]: ...

    @abstractmethod
    def _answers(self) -> bool: ...

    @abstractmethod
    def _leftover(self) -> psutil.Process | None:
        """Return the server of an earlier run that still works in ``home``."""

    def _make_home(self) -> None:
        try:
            self.home.parent.mkdir(parents=True, exist_ok=True)
            self.home.mkdir(mode=0o700, exist_ok=True)
            account = self._account()
            if account is None or self.home.stat().st_uid == account.uid:
                return
            if any(self.home.iterdir()):
                raise StartFailed(f"{self.name}: {self.home} holds files of root's: name another")
            os.chown(self.home, account.uid, account.gid)
        except OSError as error:
            raise self._failure(f"{self.home}: {error.strerror}") from error

    def _account(self) -> _Account | None:
        """Return whom root runs the server as: the folder's owner, or else nobody in particular."""
        if os.geteuid() != 0:
            return None
        status = self.home.stat()
        if status.st_uid != 0:
            return _Account(status.st_uid, status.st_gid)
        for name in ("nobody", "daemon"):
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return _Account(entry.pw_uid, entry.pw_gid)
        raise StartFailed(f"{self.name}: this system has no unprivileged user to run it as")

    def _launched(self, command: Sequence[str], *, dies_with_us: bool) -> list[str]:
        account = self._account()
        uid, gid = (account.uid, account.gid) if account else (-1, -1)
        reach = account is not None and not (_is_open(self.home) and _is_open(Path(command[0])))
        death_signal = int(self._death_signal) if dies_with_us else 0
        numbers = (uid, gid, death_signal, os.getpid(), int(reach))
        return [sys.executable, "-ISE", _LAUNCHER, *map(str, numbers), *command]

    def _run(self, command: Sequence[str]) -> None:
        """Run a tool of the server's to its end; raise what it says if it fails."""
        done = subprocess.run(
            self._launched(command, dies_with_us=False),
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
        )
        if done.returncode != 0:
            raise self._failure(_reason(done.stdout + done.stderr))

    def _spawn(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        # The folder belongs to the server's account: never follow a link that it may have put here.
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
        log = os.open(self.log, flags, 0o600)
        try:
            self._log_start = os.fstat(log).st_size
            return subprocess.Popen(
                self._launched(command, dies_with_us=True),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        finally:
            os.close(log)

    def _last_words(self) -> str:
        try:
            with self.log.open("rb") as log:
                log.seek(self._log_start)
                return _reason(log.read().decode(errors="replace"))
        except OSError:
            return "ended without a word"

    def _failure(self, reason: str) -> EmbeddedError:
        if any(mark in reason for mark in _NO_SPACE):
            return DiskFull(f"{self.name}: no space left on the disk of {self.home}")
        return StartFailed(f"{self.name} did not start: {reason}")


def _end(process: psutil.Process, signals: Sequence[signal.Signals]) -> None:
    """Try one signal after the other; the last should be one that nobody survives."""
    for number in signals:
        try:
            process.send_signal(number)
            process.wait(timeout=10)
        except psutil.TimeoutExpired:
            continue
        except psutil.NoSuchProcess:
            return
        return


def _is_open(path: Path) -> bool:
    """Return whether every user may pass through the folders above ``path``."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)


def _reason(output: str) -> str:
    """Return the line of a server's log that says why it ended."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for mark in (*_NO_SPACE, "FATAL", "PANIC", "error:", "Failed", "ERROR"):
        for line in lines:
            if mark in line:
                return line
    return lines[-1] if lines else "ended without a word"
