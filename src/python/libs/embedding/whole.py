"""Embeddings of whole texts, however much a model reads at once."""

from collections.abc import Callable, Sequence

import numpy as np

from libs.embedding.embedder import PassageTooLong, TextEmbedder, Vector


def embed_whole(embedder: TextEmbedder, texts: Sequence[str]) -> Vector:
    """Return unit vectors [n, dimension] float32, in the order of ``texts``; nothing is cut off.

    A passage that was split for another model may have more tokens than this one reads: it is
    embedded ``in_halves``.
    """
    return in_halves(embedder.embed_passages, texts)


def in_halves(embed: Callable[[Sequence[str]], Vector], texts: Sequence[str]) -> Vector:
    """Return what ``embed`` gives; of a text that is too long for it, of its halves, and of theirs.

    Its embedding is their mean by length.

    Raises:
        PassageTooLong: a single character is too long.
    """
    try:
        return embed(texts)
    except PassageTooLong:
        if len(texts) == 1:
            return _mean_of_halves(embed, texts[0])
        middle = len(texts) // 2
        halves = (texts[:middle], texts[middle:])
        return np.concatenate([in_halves(embed, half) for half in halves])


def _mean_of_halves(embed: Callable[[Sequence[str]], Vector], text: str) -> Vector:
    middle = text.rfind(" ", 1, len(text) // 2 + 1)
    if middle < len(text) // 4:
        middle = len(text) // 2
    halves = (text[:middle], text[middle:])
    if not all(halves):
        raise PassageTooLong("A single character has more tokens than the model reads.")
    vectors = in_halves(embed, halves)
    mean = np.average(vectors, axis=0, weights=[len(half) for half in halves])
    return np.asarray(mean / np.linalg.norm(mean), np.float32)[np.newaxis]
