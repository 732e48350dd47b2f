"""The base class, with a shell in the place of a server."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import psutil
import pytest

from libs.embedded.errors import DiskFull, PortBusy, StartFailed
from libs.embedded.ports import free_port
from libs.embedded.server import Server


class ShellServer(Server):
    """Answers as soon as its script has made the file ``ready``."""

    name = "Shell"
    _stop_signals: ClassVar[Sequence[signal.Signals]] = (signal.SIGTERM, signal.SIGKILL)
    _death_signal = signal.SIGKILL

    def __init__(self, home: Path, script: str) -> None:
        super().__init__(home, port=free_port())
        self._script = script

    def _prepare(self) -> None:
        return

    def _command(self) -> list[str]:
        return ["/bin/sh", "-c", f"cd '{self.home}'; {self._script}"]

    def _answers(self) -> bool:
        return (self.home / "ready").exists()

    def _leftover(self) -> psutil.Process | None:
        return None


def test_a_server_that_ends_at_once_says_why(tmp_path: Path) -> None:
    server = ShellServer(tmp_path / "s", "echo hello; echo 'FATAL: no luck' >&2; echo bye; exit 1")
    with pytest.raises(StartFailed) as caught:
        server.start()
    assert str(caught.value) == "Shell did not start: FATAL: no luck"
    assert not server.is_running


def test_only_the_words_of_this_start_count(tmp_path: Path) -> None:
    with pytest.raises(StartFailed):
        ShellServer(tmp_path / "s", "echo 'FATAL: of yesterday'; exit 1").start()
    with pytest.raises(StartFailed, match="of today"):
        ShellServer(tmp_path / "s", "echo 'of today'; exit 1").start()


def test_a_full_disk_is_told_apart(tmp_path: Path) -> None:
    server = ShellServer(tmp_path / "s", "echo 'cannot write: No space left on device'; exit 1")
    with pytest.raises(DiskFull) as caught:
        server.start()
    assert str(tmp_path / "s") in str(caught.value)


def test_a_server_that_never_answers_is_stopped(tmp_path: Path) -> None:
    server = ShellServer(tmp_path / "s", "exec sleep 60")
    server.launch()
    pid = server.pid
    assert pid is not None
    with pytest.raises(StartFailed, match="no answer"):
        server.wait(timeout_seconds=0.2)
    assert not psutil.pid_exists(pid)


def test_a_busy_port_stops_nothing_and_starts_nothing(tmp_path: Path) -> None:
    with ShellServer(tmp_path / "a", "touch ready; exec sleep 60") as first:
        import socket

        with socket.create_server(("127.0.0.1", 0)) as taken:
            second = ShellServer(tmp_path / "b", "touch ready; exec sleep 60")
            second.port = taken.getsockname()[1]
            with pytest.raises(PortBusy):
                second.start()
        assert second.pid is None
        assert first.is_running
    assert not first.is_running


def test_a_server_dies_with_its_parent(tmp_path: Path) -> None:
    # The parent is killed, so it has no chance to stop anything.
    script = f"""
import os, signal
from pathlib import Path
from libs.embedded.server_test import ShellServer
server = ShellServer(Path({str(tmp_path / "s")!r}), "touch ready; exec sleep 60")
server.start()
print(server.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True
    )
    pid = int(done.stdout)
    deadline = time.monotonic() + 10
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives up its user")
class TestAsRoot:
    def test_the_server_is_not_root_and_reaches_its_folder_below_a_closed_one(
        self, tmp_path: Path
    ) -> None:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        before = _modes(closed)
        with ShellServer(closed / "s", "id -u >ready; exec sleep 60") as server:
            time.sleep(0.05)
            uid = int((server.home / "ready").read_text())
            assert uid != 0
            assert server.home.stat().st_uid == uid
        assert _modes(closed) == before

    def test_nothing_but_the_right_to_pass_is_left(self, tmp_path: Path) -> None:
        script = "echo no >/etc/ibid-embedded-test; kill -0 1; touch ready; exec sleep 60"
        with ShellServer(tmp_path / "s", script) as server:
            words = server.log.read_text()
        assert not Path("/etc/ibid-embedded-test").exists()
        assert words.count("ermi") == 2  # "Permission denied", "No such process or Operation …"

    def test_a_folder_with_files_of_roots_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "mine").write_text("")
        with pytest.raises(StartFailed, match="files of root's"):
            ShellServer(tmp_path, "true").start()
        assert tmp_path.stat().st_uid == 0


def _modes(path: Path) -> list[tuple[int, int, int]]:
    statuses = [folder.stat() for folder in (path, *path.parents)]
    return [(status.st_mode, status.st_uid, status.st_gid) for status in statuses]
