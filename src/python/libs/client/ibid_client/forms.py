"""A document and the fields around it as multipart/form-data, read piece by piece."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

_PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Form:
    """``start`` is where a stream stood; without it the form can be sent only once."""

    source: Path | BinaryIO
    file_name: str
    fields: Mapping[str, str]
    start: int | None

    @classmethod
    def of(
        cls, source: Path | BinaryIO, file_name: str | None, fields: Mapping[str, str]
    ) -> "Form":
        start = 0 if isinstance(source, Path) else _position(source)
        return cls(source, _well_formed(file_name or _name_of(source)), fields, start)

    @contextmanager
    def opened(self) -> Iterator["Body"]:
        """The form, ready to be sent once."""
        if isinstance(self.source, Path):
            with self.source.open("rb") as document:
                yield Body(self, document)
            return
        if self.start is not None:
            self.source.seek(self.start)
        yield Body(self, self.source)


class Body:
    """The bytes of a form. ``length`` is None where the stream does not tell."""

    def __init__(self, form: Form, document: BinaryIO) -> None:
        boundary = secrets.token_hex(16)
        self._document = document
        self._remaining = None if form.start is None else _size(document) - form.start
        self._head = _head(form, boundary)
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self.length: int | None = None
        if self._remaining is not None:
            self.length = len(self._head) + self._remaining + len(self._tail)

    def pieces(self) -> Iterator[bytes]:
        yield self._head
        while piece := self._read():
            yield piece
        yield self._tail

    async def async_pieces(self) -> AsyncIterator[bytes]:
        yield self._head
        while piece := await asyncio.to_thread(self._read):
            yield piece
        yield self._tail

    def _read(self) -> bytes:
        # a document that grows while it is read must not outgrow its announced length
        if self._remaining is None:
            return self._document.read(_PIECE)
        piece = self._document.read(min(_PIECE, self._remaining))
        self._remaining -= len(piece)
        return piece


def _head(form: Form, boundary: str) -> bytes:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in form.fields.items()
    ]
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; '
        f"{_file_name(form.file_name)}\r\nContent-Type: application/octet-stream\r\n\r\n"
    )
    return "".join(parts).encode()


def _file_name(name: str) -> str:
    """The parameter for the name: plain where it can be, otherwise as RFC 5987 has it."""
    if name.isascii() and name.isprintable() and not set(name) & set('"\\%'):
        return f'filename="{name}"'
    return f"filename*=utf-8''{quote(name, safe='')}"


def _name_of(source: Path | BinaryIO) -> str:
    name = source if isinstance(source, Path) else getattr(source, "name", None)
    return Path(name).name if isinstance(name, Path | str) else "document"


def _well_formed(name: str) -> str:
    """File systems allow names that are no Unicode; the wire does not."""
    return name.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _position(stream: BinaryIO) -> int | None:
    return stream.tell() if stream.seekable() else None


def _size(stream: BinaryIO) -> int:
    position = stream.tell()
    size = stream.seek(0, 2)
    stream.seek(position)
    return size
