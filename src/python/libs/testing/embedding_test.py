import numpy as np
import pytest

from libs.embedding import PassageTooLong, TextEmbedder
from libs.testing.embedding import HASHING_MODEL, HashingEmbedder


def test_it_is_deterministic_and_of_unit_length() -> None:
    embedder: TextEmbedder = HashingEmbedder()
    vectors = embedder.embed_passages(["notice period", "", "garden"])
    assert vectors.shape == (3, HASHING_MODEL.dimension)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.array_equal(vectors[0], HashingEmbedder().embed_query("notice period"))


def test_texts_that_share_words_are_alike() -> None:
    embedder = HashingEmbedder()
    notice, garden = embedder.embed_passages(["the notice period", "a green garden"])
    query = embedder.embed_query("notice")
    assert query @ notice > 0.3 > query @ garden


def test_a_passage_over_the_limit_is_refused() -> None:
    with pytest.raises(PassageTooLong):
        HashingEmbedder().embed_passages(["word " * 300])
