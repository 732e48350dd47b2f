"""A multipart upload, read from the network as it comes: one file, and the fields around it."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar
from urllib.parse import unquote_to_bytes

from litestar.types import Receive
from multipart import (
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)

from api.problems import BadRequest, WrongContentType
from api.spool import Spool, too_large

FIELD_BYTES: Mapping[str, int] = MappingProxyType(
    {"external_id": 2_000, "title": 4_000, "metadata": 64 << 10}
)
"""The fields beside the file, and how much each may hold."""

ENVELOPE_BYTES = 1 << 20
"""What may come on top of the file itself: boundaries, headers, fields."""

_HEADER_BYTES = 16 << 10
_FILE = "file"
_UNNAMED = "unnamed"
_EXTENDED_NAME = re.compile(r"filename\*\s*=\s*utf-8'[^']*'([^;\s]+)", re.IGNORECASE)


class Disconnected(BadRequest):
    """The client went away before its upload was complete."""

    code: ClassVar[str] = "disconnected"


class BadForm(BadRequest):
    """The form is malformed."""

    code: ClassVar[str] = "bad-form"


@dataclass(frozen=True, slots=True)
class Form:
    """What came beside the bytes, which are in the spool. File names are data, never paths."""

    file_name: str
    fields: Mapping[str, str]


class FormReader:
    """Reads one form into a spool. Fields may stand before or after the file."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._file_name: str | None = None
        self._fields: dict[str, bytearray] = {}
        self._open: str | None = None

    async def read(self, pieces: AsyncIterator[bytes], boundary: str) -> Form:
        """Raises BadForm, TooLarge or Disconnected."""
        # latin-1 takes any byte, so that no file name is refused; `_text` reads it as UTF-8
        parser = PushMultipartParser(
            boundary,
            max_header_size=_HEADER_BYTES,
            max_segment_count=len(FIELD_BYTES) + 1,
            header_charset="latin-1",
        )
        try:
            with parser:
                async for piece in pieces:
                    for event in parser.parse(piece):
                        await self._take(event)
        except MultipartError as error:
            raise BadForm(f"The form is malformed: {error}.") from error
        if self._file_name is None:
            raise BadForm("The form has no “file”.")
        await self._spool.finish()
        fields = {name: _decode(name, value) for name, value in self._fields.items()}
        return Form(self._file_name, fields)

    async def _take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        if isinstance(event, MultipartSegment):
            self._start(event)
        elif event is None:
            self._open = None
        elif self._open == _FILE:
            await self._spool.write(event)
        elif self._open is not None:
            self._extend(self._open, event)

    def _start(self, segment: MultipartSegment) -> None:
        name = segment.name or ""
        if name == _FILE:
            if self._file_name is not None:
                raise BadForm("The form has more than one “file”; upload one at a time.")
            self._file_name = _file_name(segment)
        elif name not in FIELD_BYTES:
            known = ", ".join((_FILE, *FIELD_BYTES))
            raise BadForm(f"The form has the unknown field “{_text(name)}”; known are: {known}.")
        elif name in self._fields:
            raise BadForm(f"The form has more than one “{name}”.")
        else:
            self._fields[name] = bytearray()
        self._open = name

    def _extend(self, name: str, data: bytes | bytearray) -> None:
        value = self._fields[name]
        value += data
        if len(value) > FIELD_BYTES[name]:
            raise BadForm(f"“{name}” may have {FIELD_BYTES[name]} bytes at most.")


def boundary_of(content_type: str) -> str:
    """Raises WrongContentType unless it is multipart/form-data, BadForm without boundary."""
    kind, options = parse_options_header(content_type)
    if kind != "multipart/form-data":
        raise WrongContentType("Send multipart/form-data with the document as “file”.")
    boundary = options.get("boundary")
    if not boundary:
        raise BadForm("The content type names no boundary.")
    return str(boundary)


async def receive_pieces(
    receive: Receive, announced_bytes: int | None, max_document_bytes: int
) -> AsyncIterator[bytes]:
    """Yield the body as the network gives it, never more than may come.

    ``announced_bytes`` is the Content-Length, which may lie or be absent. Raises TooLarge or
    Disconnected.
    """
    most = max_document_bytes + ENVELOPE_BYTES
    if announced_bytes is not None and announced_bytes > most:
        raise too_large(max_document_bytes)
    received, more = 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise Disconnected
        received += len(message["body"])
        if received > most:
            raise too_large(max_document_bytes)
        more = message["more_body"]
        if message["body"]:
            yield message["body"]


def _file_name(segment: MultipartSegment) -> str:
    extended = _EXTENDED_NAME.search(segment.header("Content-Disposition", ""))
    if segment.filename is None and extended:
        name = unquote_to_bytes(extended[1]).decode("utf-8", "replace")
    else:
        name = _text(segment.filename or "")
    return name.replace("\0", "\N{REPLACEMENT CHARACTER}") or _UNNAMED


def _text(latin: str) -> str:
    return latin.encode("latin-1").decode("utf-8", "replace")


def _decode(name: str, value: bytearray) -> str:
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadForm(f"“{name}” is not valid UTF-8.") from error
    if "\0" in text:
        raise BadForm(f"“{name}” must not hold NUL characters.")
    if not text.strip():
        raise BadForm(f"“{name}” is empty; leave it out or fill it in.")
    return text
