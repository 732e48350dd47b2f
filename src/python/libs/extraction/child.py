"""The reader process: it forks a process for each document, so that none meets another's.

Forking takes 3 ms where starting Python and its libraries would take 200. Requests come as packets
on the socket that is its standard input; it ends when that is closed or its parent dies.
"""

import ctypes
import gc
import os
import resource
import selectors
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from libs.extraction.errors import Broken, OutOfMemory, Unreadable
from libs.extraction.model import Limits
from libs.extraction.picture import draw_page
from libs.extraction.read import read
from libs.extraction.wire import (
    MAX_MESSAGE,
    Answer,
    DrawRequest,
    Ended,
    KillRequest,
    Picture,
    Refusal,
    Text,
    Work,
    decode_request,
    encode,
)

MOST_OPEN_FILES = 64
_PR_SET_PDEATHSIG = 1
_STDERR = 2


class Server:
    """Forks for every request, reaps, and tells how each ended."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._ids: dict[int, int] = {}  # process to request
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)
        self._waker.setblocking(False)

    def run(self) -> None:
        """Serve until the other end closes the channel."""
        # reset where the other end had not received all, broken where there is more to tell
        with suppress(ConnectionError):
            self._serve()
        for process in self._ids:
            _kill(process)

    def _serve(self) -> None:
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        selector = selectors.DefaultSelector()
        selector.register(self._channel, selectors.EVENT_READ)
        selector.register(self._woken, selectors.EVENT_READ)
        is_open = True
        while is_open:
            for key, _ in selector.select():
                if key.fileobj is self._woken:
                    self._woken.recv(4_096)
                    self._reap()
                else:
                    is_open = self._receive()

    def _receive(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(self._channel, MAX_MESSAGE, 1)
        if not message:
            return False
        request = decode_request(message)
        if isinstance(request, KillRequest):
            for process, request_id in self._ids.items():
                if request_id == request.id:
                    _kill(process)
            return True
        [pipe] = descriptors
        process = os.fork()
        if not process:
            self._become_worker(request, pipe)
        os.close(pipe)
        self._ids[process] = request.id
        return True

    def _become_worker(self, request: Work, pipe: int) -> NoReturn:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for ours in (self._channel, self._woken, self._waker):
            ours.close()
        work(request, pipe)

    def _reap(self) -> None:
        while self._ids:
            process, status = os.waitpid(-1, os.WNOHANG)
            if not process:
                return
            ended = Ended(self._ids.pop(process), os.waitstatus_to_exitcode(status))
            self._channel.send(encode(ended))


def work(request: Work, pipe: int) -> NoReturn:
    """Answer one request within its limits and end this process, whatever happens."""
    code = 1
    try:
        os.setsid()
        _silence()
        die_with_parent(os.getppid())
        _confine(request.limits)
        answer = encode(_answer(request))
        while answer:
            answer = answer[os.write(pipe, answer) :]
        code = 0
    finally:
        os._exit(code)


def _answer(request: Work) -> Answer:
    path = Path(request.path)
    try:
        if isinstance(request, DrawRequest):
            return Picture(draw_page(path, request.number, request.width, request.highlight))
        return Text(read(path, request.media_type, request.limits))
    except Unreadable as error:
        return Refusal(error.code, error.message)
    except MemoryError:
        return Refusal(OutOfMemory.code, OutOfMemory().message)
    except Exception:  # a hostile document may raise anything in a parser
        return Refusal(Broken.code, Broken().message)


def _silence() -> None:
    """What a parser prints may quote the document."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), _STDERR)


def _confine(limits: Limits) -> None:
    seconds = max(1, round(limits.seconds))
    for kind, limit in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_NOFILE, MOST_OPEN_FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, most = resource.getrlimit(kind)
        allowed = limit if most == resource.RLIM_INFINITY else min(limit, most)
        resource.setrlimit(kind, (allowed, allowed))


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent is gone."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _kill(process: int) -> None:
    try:
        os.killpg(process, signal.SIGKILL)
    except ProcessLookupError:  # it has not made its own group yet
        os.kill(process, signal.SIGKILL)


def main() -> None:
    die_with_parent(int(sys.argv[1]))
    # Ctrl-C and a group's SIGTERM are for the parent, which closes the channel when it is done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    Server(socket.socket(fileno=sys.stdin.fileno())).run()


if __name__ == "__main__":
    main()
