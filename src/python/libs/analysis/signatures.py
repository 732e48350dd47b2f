"""Signatures by which passages that say nearly the same are told without comparing their texts."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_SHINGLE = 3
_FEWEST_SHINGLES = 8
_BITS = 48
_ALIKE_BITS = 8
"""Of 48. Measured on 600 abstracts: where one word in forty is another, nine in ten are told; no
two of the abstracts are so near, which differ in 24 on average.
"""


def signature(words: Sequence[str]) -> int:
    """Return 64 bits, signed: 16 of the words with digits, and 48 of all words and their order.

    Those 48 are a simhash (Charikar 2002) of every three neighbouring words. Passages that differ
    in a number say something else, however alike they look. A short passage is like its equal only.
    """
    numbers = _hash(" ".join(word for word in words if not word.isalpha()))
    shingles = [" ".join(words[at : at + _SHINGLE]) for at in range(len(words) - _SHINGLE + 1)]
    if len(shingles) < _FEWEST_SHINGLES:
        body = _hash(" ".join(words))
    else:
        hashes = np.frombuffer(b"".join(map(_digest, shingles)), np.uint8).reshape(-1, 8)
        ones = np.unpackbits(hashes, axis=1).sum(axis=0)
        body = int.from_bytes(np.packbits(ones * 2 > len(shingles)).tobytes())
    mixed = (numbers >> _BITS) << _BITS | body & ((1 << _BITS) - 1)
    return mixed - (1 << 64) if mixed >> 63 else mixed


def alike(signatures: Sequence[int]) -> NDArray[np.bool_]:
    """Return [n, n], whether each two passages of these signatures say nearly the same."""
    bits = np.asarray(signatures, np.int64)
    different = np.bitwise_xor.outer(bits, bits).view(np.uint64)
    is_near = np.bitwise_count(different & np.uint64((1 << _BITS) - 1)) <= _ALIKE_BITS
    return np.asarray(is_near & (different >> np.uint64(_BITS) == 0), np.bool_)


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=8).digest()


def _hash(text: str) -> int:
    return int.from_bytes(_digest(text))
