"""What passes between the extractor and its reader process: msgpack, one message a packet."""

from collections.abc import Callable

import msgspec

from libs.extraction.model import Extracted, Highlight, Limits, MediaType


class ReadRequest(msgspec.Struct, frozen=True, tag=True):
    """Read a document; the answer goes to the pipe that comes with the message."""

    id: int
    path: str
    media_type: MediaType
    limits: Limits


class DrawRequest(msgspec.Struct, frozen=True, tag=True):
    """Draw a page of a PDF; the answer goes to the pipe that comes with the message."""

    id: int
    path: str
    number: int
    width: int
    highlight: Highlight | None
    limits: Limits


class KillRequest(msgspec.Struct, frozen=True, tag=True):
    """End the work on a request at once, if it goes on still."""

    id: int


class Ended(msgspec.Struct, frozen=True):
    """The work on a request is over. ``code`` is as in subprocess: negative for a signal."""

    id: int
    code: int


class Picture(msgspec.Struct, frozen=True, tag=True):
    png: bytes


class Refusal(msgspec.Struct, frozen=True, tag=True):
    """Why a document is unreadable: the error's code, and what it says to people."""

    code: str
    message: str


class Text(msgspec.Struct, frozen=True, tag=True):
    extracted: Extracted


type Work = ReadRequest | DrawRequest
type Answer = Text | Picture | Refusal

encode: Callable[[object], bytes] = msgspec.msgpack.Encoder().encode
decode_request = msgspec.msgpack.Decoder(ReadRequest | DrawRequest | KillRequest).decode
decode_ended = msgspec.msgpack.Decoder(Ended).decode
decode_answer: Callable[[bytes], Answer] = msgspec.msgpack.Decoder(Text | Picture | Refusal).decode
MAX_MESSAGE = 64 * 1024
