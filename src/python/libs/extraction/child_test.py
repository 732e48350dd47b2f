"""What the reader process does when who asks it goes away, without a word on stderr."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from libs.extraction.model import Limits, MediaType
from libs.extraction.wire import ReadRequest, Refusal, decode_answer, encode

ENVIRONMENT = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def start(channel: socket.socket) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "libs.extraction.child", str(os.getpid())],
        stdin=channel.fileno(),
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
        text=True,
    )


def ask(channel: socket.socket, path: Path) -> int:
    """Have a document read; return the pipe that the answer comes through."""
    ours, theirs = os.pipe()
    request = ReadRequest(1, str(path), MediaType.HTML, Limits())
    socket.send_fds(channel, [encode(request)], [theirs])
    os.close(theirs)
    return ours


@pytest.mark.parametrize("has_ended", [True, False])
def test_the_reader_ends_quietly_when_its_channel_is_closed(
    tmp_path: Path, has_ended: bool
) -> None:
    document = tmp_path / "document"
    document.write_bytes(b"text" if has_ended else b"<p>" + b"<b>word</b> " * 3_000_000)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        reader = start(theirs)
    pipe = ask(ours, document)
    if has_ended:
        # closed with a message that nobody has received, a socket is reset at its other end
        ours.recv(4_096, socket.MSG_PEEK)
    else:
        time.sleep(0.5)
    ours.close()
    _, said = reader.communicate(timeout=30)
    os.close(pipe)
    assert (reader.returncode, said) == (0, "")


def test_what_a_parser_prints_is_not_told(tmp_path: Path) -> None:
    """It may quote the document."""
    document = tmp_path / "document"
    document.write_bytes(b"text")
    program = f"""
import os
from libs.extraction import child
from libs.extraction.model import Limits, MediaType
from libs.extraction.wire import ReadRequest
def read(*_):
    os.write(2, b"text")
    raise ValueError("text")
child.read = read
child.work(ReadRequest(1, {str(document)!r}, MediaType.TEXT, Limits()), 1)
"""
    done = subprocess.run([sys.executable, "-c", program], env=ENVIRONMENT, capture_output=True)
    assert isinstance(decode_answer(done.stdout), Refusal)
    assert (done.returncode, done.stderr) == (0, b"")
