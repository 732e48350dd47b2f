"""How far processes grow while 500 MB come in.

Of the services it is resident memory; of PostgreSQL the memory that is a process's own, for its
processes share one buffer, which counts as resident in each that has touched it.
"""

import io
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from bench.system import SERVICES, System

_BYTES = 500_000_000


def run(system: System, passages: int) -> None:
    with system.client() as client:
        collection = client.create_collection(f"upload {time.time_ns()}").id
        # what the first request loads does not belong to the 500 MB
        client.upload(collection, io.BytesIO(b"first"), file_name="first.txt", wait=30)
    with TemporaryDirectory() as folder, system.client() as client:
        path = Path(folder) / "long.txt"
        _write(path)
        watch = Watch(system)
        watch.start()
        began = time.perf_counter()
        client.upload(collection, path)
        seconds = time.perf_counter() - began
        watch.stop()
    print(f"{_BYTES / 1e6:.0f} MB in {seconds:.1f} s, {_BYTES / 1e6 / seconds:.0f} MB/s")
    for name, grown in sorted(watch.grown().items()):
        print(f"{name:14s} grew by {grown / 1e6:6.1f} MB   (target: at most 64)")


def _write(path: Path) -> None:
    line = b"The lamp is lit at dusk and trimmed at dawn, number %09d.\n"
    with path.open("wb") as file:
        for number in range(_BYTES // len(line % 0)):
            file.write(line % number)


class Watch(threading.Thread):
    """Remembers the first and the largest size of each process that was there at the start."""

    def __init__(self, system: System) -> None:
        super().__init__(daemon=True)
        self._names = {
            process: name for name, many in system.processes().items() for process in many
        }
        self._first = {process: _size(process, name) for process, name in self._names.items()}
        self._most = dict(self._first)
        self._done = threading.Event()

    def run(self) -> None:
        while not self._done.wait(0.05):
            for process, name in self._names.items():
                self._most[process] = max(self._most[process], _size(process, name))

    def stop(self) -> None:
        self._done.set()
        self.join()

    def grown(self) -> dict[str, int]:
        """The part's process that grew most, in bytes."""
        grown: dict[str, int] = {}
        for process, name in self._names.items():
            by = self._most[process] - self._first[process]
            grown[name] = max(by, grown.get(name, 0))
        return grown


def _size(process: psutil.Process, name: str) -> int:
    try:
        if name in SERVICES:
            return int(process.memory_info().rss)
        return int(process.memory_full_info().uss)
    except psutil.Error:
        return 0
