import itertools
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.types import Receive

from api.forms import (
    ENVELOPE_BYTES,
    BadForm,
    Disconnected,
    Form,
    FormReader,
    boundary_of,
    receive_pieces,
)
from api.problems import TooLarge, WrongContentType
from api.spool import Spool

BODY = b"The notice period is three months.\r\n--not-the-boundary\r\n" * 3


def part(disposition: str, content: bytes) -> bytes:
    head = f"--b\r\nContent-Disposition: form-data; {disposition}\r\n\r\n"
    return head.encode("utf-8", "surrogateescape") + content + b"\r\n"


FILE = part('name="file"; filename="notice.txt"', BODY)
TITLE = part('name="title"', "Kündigung".encode())
END = b"--b--\r\n"


async def read(
    content: bytes, cuts: Sequence[int] = (), max_bytes: int = 1 << 20
) -> tuple[Form, bytes]:
    async def pieces() -> AsyncIterator[bytes]:
        edges = [0, *sorted(cut % (len(content) + 1) for cut in cuts), len(content)]
        for start, end in itertools.pairwise(edges):
            if start < end:
                yield content[start:end]

    with Spool(Path("/tmp"), max_bytes) as spool:
        form = await FormReader(spool).read(pieces(), "b")
        return form, b"".join([piece async for piece in spool.parts()])


@given(st.lists(st.integers(min_value=0), max_size=20))
async def test_however_the_network_cuts_it_the_form_is_the_same(cuts: list[int]) -> None:
    form, body = await read(TITLE + FILE + END, cuts)
    assert (form.file_name, dict(form.fields), body) == ("notice.txt", {"title": "Kündigung"}, BODY)


async def test_fields_may_stand_behind_the_file() -> None:
    form, body = await read(FILE + TITLE + END)
    assert (form.fields["title"], body) == ("Kündigung", BODY)


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('filename="../../etc/passwd"', "../../etc/passwd"),
        ('filename="a\0b.txt"', "a\N{REPLACEMENT CHARACTER}b.txt"),
        ('filename="\udcff.txt"', "\N{REPLACEMENT CHARACTER}.txt"),
        ('filename="Ünïcode \u202e.txt"', "Ünïcode \u202e.txt"),
        ('filename="a%22b%0D%0A.txt"', 'a"b\r\n.txt'),
        ("filename*=UTF-8''%C3%BC%2F.txt", "ü/.txt"),
        (f'filename="{"x" * 4_096}"', "x" * 4_096),
        ('filename=""', "unnamed"),
        ("x=y", "unnamed"),
    ],
)
async def test_a_file_name_is_data(disposition: str, name: str) -> None:
    form, _ = await read(part(f'name="file"; {disposition}', b"x") + END)
    assert form.file_name == name


@pytest.mark.parametrize(
    "content",
    [
        b"",
        END,
        b"--b\r\n",
        FILE,
        TITLE + END,
        FILE + FILE + END,
        FILE + TITLE + TITLE + END,
        FILE + part('name="colour"', b"red") + END,
        FILE + part('name="title"', b"\xff") + END,
        FILE + part('name="title"', b"a\0b") + END,
        FILE + part('name="title"', b" ") + END,
        FILE + part('name="metadata"', b" " * 70_000) + END,
        FILE * 10 + END,
        part('name="file"; filename="' + "x" * 20_000 + '"', b"x") + END,
        b"--b\r\nContent-Disposition: attachment\r\n\r\nx\r\n" + END,
        b"\0" * 10_000,
    ],
)
async def test_a_malformed_form_is_refused(content: bytes) -> None:
    with pytest.raises(BadForm):
        await read(content)


async def test_a_document_over_the_limit_is_refused_before_it_is_complete() -> None:
    with pytest.raises(TooLarge):
        await read(FILE, max_bytes=len(BODY) - 1)


@pytest.mark.parametrize("kind", ["", "application/json", "text/plain; boundary=b"])
def test_only_multipart_is_taken(kind: str) -> None:
    with pytest.raises(WrongContentType):
        boundary_of(kind)


def test_the_boundary_must_be_named() -> None:
    assert boundary_of('multipart/form-data; boundary="a b"') == "a b"
    with pytest.raises(BadForm):
        boundary_of("multipart/form-data")


def network(*pieces: bytes, complete: bool = True) -> Receive:
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    if complete:
        messages.append({"type": "http.request", "body": b"", "more_body": False})
    else:
        messages.append({"type": "http.disconnect"})

    async def receive() -> object:
        return messages.pop(0)

    return receive  # type: ignore[return-value]


async def test_an_announced_length_over_the_limit_is_refused_unread() -> None:
    with pytest.raises(TooLarge):
        await anext(receive_pieces(network(), 10 + ENVELOPE_BYTES + 1, 10))


@pytest.mark.parametrize("announced", [None, 5])
async def test_what_comes_is_counted_whatever_was_announced(announced: int | None) -> None:
    pieces = receive_pieces(network(b"x" * ENVELOPE_BYTES, b"x" * 11), announced, 10)
    assert len(await anext(pieces)) == ENVELOPE_BYTES
    with pytest.raises(TooLarge):
        await anext(pieces)


async def test_a_client_that_goes_away_ends_the_upload() -> None:
    pieces = receive_pieces(network(b"x", complete=False), None, 10)
    assert await anext(pieces) == b"x"
    with pytest.raises(Disconnected):
        await anext(pieces)
