"""Embeddings of whole passages, however much a model reads at once."""

from collections.abc import Sequence

import numpy as np

from libs.embedding.embedder import PassageTooLong, TextEmbedder, Vector


def embed_whole(embedder: TextEmbedder, texts: Sequence[str]) -> Vector:
    """Return unit vectors [n, dimension] float32, in the order of ``texts``; nothing is cut off.

    A passage that was split for another model may have more tokens than this one reads. It is
    embedded in halves, and they in theirs; its embedding is their mean by length.
    """
    try:
        return embedder.embed_passages(texts)
    except PassageTooLong:
        if len(texts) == 1:
            return _mean_of_halves(embedder, texts[0])
        middle = len(texts) // 2
        halves = (texts[:middle], texts[middle:])
        return np.concatenate([embed_whole(embedder, half) for half in halves])


def _mean_of_halves(embedder: TextEmbedder, text: str) -> Vector:
    middle = text.rfind(" ", 1, len(text) // 2 + 1)
    if middle < len(text) // 4:
        middle = len(text) // 2
    halves = (text[:middle], text[middle:])
    if not all(halves):
        raise PassageTooLong("A single character has more tokens than the model reads.")
    vectors = embed_whole(embedder, halves)
    mean = np.average(vectors, axis=0, weights=[len(half) for half in halves])
    return np.asarray(mean / np.linalg.norm(mean), np.float32)[np.newaxis]
