"""The parts of a Word document: a zip archive of XML, unpacked within bounds."""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from xml.parsers import expat

from libs.extraction.errors import Broken, Encrypted, TooLarge
from libs.extraction.model import Limits

_PIECE = 256 * 1024
_OLE = b"\xd0\xcf\x11\xe0"
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_SEPARATOR = "}"

type Attributes = dict[str, str]


class XmlHandler(Protocol):
    """Follows the elements of a part by their local names; other namespaces' look the same."""

    def start(self, tag: str, attributes: Attributes) -> None: ...

    def end(self, tag: str) -> None: ...

    def data(self, text: str) -> None: ...


class Parts:
    """Reads parts by name. An XML part with a document type is refused: Word writes none."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._limits = limits
        try:
            self._archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            raise _explain(path) from None
        if len(self._archive.infolist()) > limits.max_archive_entries:
            raise TooLarge

    def close(self) -> None:
        self._archive.close()

    def has(self, name: str) -> bool:
        return name in self._archive.NameToInfo

    def parse(self, name: str, handler: XmlHandler) -> None:
        """Feed the part to ``handler``; a part that is not there is as good as an empty one."""
        if not self.has(name):
            return
        parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartElementHandler = lambda tag, attributes: handler.start(
            _local(tag), {_local(key): value for key, value in attributes.items()}
        )
        parser.EndElementHandler = lambda tag: handler.end(_local(tag))
        parser.CharacterDataHandler = handler.data
        try:
            for piece in self._unpack(name):
                parser.Parse(piece, False)
            parser.Parse(b"", True)
        except expat.ExpatError:
            raise Broken from None

    def _unpack(self, name: str) -> Iterator[bytes]:
        info = self._archive.NameToInfo[name]
        left = self._limits.max_unpacked_bytes
        if info.file_size > left:
            raise TooLarge
        try:
            with self._archive.open(info) as part:
                while piece := part.read(_PIECE):
                    left -= len(piece)
                    if left < 0:
                        raise TooLarge
                    yield piece
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
            raise Broken from None
        except RuntimeError:  # what zipfile says of an entry with a password
            raise Encrypted from None


def _explain(path: Path) -> Broken | Encrypted:
    with path.open("rb") as file:
        content = file.read(1024 * 1024)
    is_locked = content.startswith(_OLE) and _LOCKED in content
    return Encrypted() if is_locked else Broken()


def _refuse_doctype(*_: object) -> None:
    raise Broken


def _local(name: str) -> str:
    return name.rpartition(_SEPARATOR)[2]
