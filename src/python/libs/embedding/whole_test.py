from dataclasses import replace

import numpy as np
import pytest

from libs.embedding.embedder import PassageTooLong
from libs.embedding.whole import embed_whole
from libs.testing.embedding import HASHING_MODEL, HashingEmbedder

EMBEDDER = HashingEmbedder(replace(HASHING_MODEL, max_tokens=8))


def test_passages_that_fit_are_embedded_as_they_are() -> None:
    texts = ["oil lamp", "fog"]
    assert np.array_equal(embed_whole(EMBEDDER, texts), EMBEDDER.embed_passages(texts))


def test_of_a_longer_passage_every_part_counts() -> None:
    long = "oil lamp " * 8 + "harbour " * 8
    vectors = embed_whole(EMBEDDER, ["fog", long, "ship"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.array_equal(vectors[[0, 2]], EMBEDDER.embed_passages(["fog", "ship"]))
    for word in ("lamp", "harbour"):
        assert vectors[1] @ EMBEDDER.embed_query(word) > 0.3


def test_without_spaces_a_passage_is_halved_anywhere() -> None:
    vectors = embed_whole(EMBEDDER, ["!" * 50])
    assert np.allclose(vectors, EMBEDDER.embed_passages(["!"]), atol=1e-5)


def test_what_cannot_be_halved_is_refused() -> None:
    with pytest.raises(PassageTooLong):
        embed_whole(HashingEmbedder(replace(HASHING_MODEL, max_tokens=0)), ["!"])
