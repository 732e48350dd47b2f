from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.embedding.embedder import (
    BATCH_PASSAGES,
    BATCH_TOKENS,
    Embedder,
    EmbeddingFailed,
    PassageTooLong,
    _batches,
    _mean,
)
from libs.embedding.registry import DEFAULT_MODEL

TEXTS = [
    "Notice must be given three months before the end of the quarter.",
    "Short.",
    "The kitchen is on the second floor, next to the library, and opens at eight. " * 8,
    "",
    "Der Vertrag endet am 31. Dezember.",
    "A contract can be terminated with a notice period of one quarter.",
]


def ascii_start(text: str) -> str:
    return ascii(text[:8])


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedder]:
    embedder = Embedder.load(DEFAULT_MODEL, tmp_path_factory.mktemp("models"), inter_threads=2)
    yield embedder
    embedder.close()


def test_every_vector_has_unit_length(embedder: Embedder) -> None:
    vectors = embedder.embed_passages(TEXTS)
    assert vectors.shape == (len(TEXTS), DEFAULT_MODEL.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_passages_keep_their_order_whatever_their_length(embedder: Embedder) -> None:
    alone = np.array([embedder.embed_query(text) for text in TEXTS * 4])
    together = embedder.embed_passages(TEXTS * 4)
    assert np.sum(alone * together, axis=1).min() > 0.99


def test_texts_of_like_meaning_are_closer_than_others(embedder: Embedder) -> None:
    query = embedder.embed_query("How long before the end must I cancel?")
    scores = embedder.embed_passages(TEXTS) @ query
    assert set(np.argsort(-scores)[:2]) == {0, 5}


def test_no_passages_give_no_vectors(embedder: Embedder) -> None:
    assert embedder.embed_passages([]).shape == (0, DEFAULT_MODEL.dimension)


def test_a_passage_over_the_limit_is_refused_rather_than_cut(embedder: Embedder) -> None:
    with pytest.raises(PassageTooLong, match="Passage 1 has 257 tokens"):
        embedder.embed_passages(["fine", "word " * 255])


def test_a_passage_of_exactly_the_limit_is_embedded(embedder: Embedder) -> None:
    text = "word " * (DEFAULT_MODEL.max_tokens - 2)
    assert embedder.count_tokens(text) == DEFAULT_MODEL.max_tokens
    assert len(embedder.embed_passages([text])) == 1


def test_a_query_over_the_limit_is_read_to_its_end(embedder: Embedder) -> None:
    limit = DEFAULT_MODEL.max_tokens - 2
    end = "the lamp of the lighthouse"
    long = embedder.embed_query("word " * limit + end)
    parts = [embedder.embed_query(part) for part in ("word " * limit, end)]
    mean = np.average(parts, axis=0, weights=[limit + 2, embedder.count_tokens(end)])
    assert np.allclose(long, mean / np.linalg.norm(mean), atol=1e-5)


def test_a_query_that_was_asked_before_skips_the_model(
    embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    vector = embedder.embed_query("what was asked before")
    monkeypatch.delattr(Embedder, "_embed")
    assert embedder.embed_query("what was asked before") is vector
    with pytest.raises(AttributeError):
        embedder.embed_query("what was not")


def test_the_prefix_of_the_model_counts_and_matters(embedder: Embedder) -> None:
    prefixed = Embedder.__new__(Embedder)
    prefixed.__dict__ = embedder.__dict__ | {
        "model": replace(DEFAULT_MODEL, passage_prefix="passage: ")
    }
    assert prefixed.count_tokens("a") == embedder.count_tokens("passage: a")


@pytest.mark.parametrize(
    "text",
    ["", " ", "\n\t", "�", "x" * 5_000, "👩‍👩‍👧" * 500, "\x00", "\ud800 lone", "w " * 500_000],
    ids=ascii_start,
)
def test_a_query_of_any_shape_has_a_direction(embedder: Embedder, text: str) -> None:
    assert np.isfinite(embedder.embed_query(text)).all()


def test_threads_share_one_embedder(embedder: Embedder) -> None:
    expected = embedder.embed_passages(TEXTS)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: embedder.embed_passages(TEXTS), range(8)))
    assert all(np.allclose(result, expected, atol=1e-5) for result in results)


def test_a_result_that_is_not_a_number_is_refused() -> None:
    states = np.full((1, 2, DEFAULT_MODEL.dimension), np.nan, np.float32)
    with pytest.raises(EmbeddingFailed, match="without a direction"):
        _mean(states, [[1, 2]], DEFAULT_MODEL)


def test_a_result_of_another_dimension_is_refused() -> None:
    with pytest.raises(EmbeddingFailed, match="shape"):
        _mean(np.ones((1, 2, 3), np.float32), [[1, 2]], DEFAULT_MODEL)


@settings(max_examples=100)
@given(st.lists(st.integers(1, 256)))
def test_batches_hold_every_input_once_and_keep_within_bounds(lengths: list[int]) -> None:
    batches = _batches(lengths)
    assert sorted(number for batch in batches for number in batch) == list(range(len(lengths)))
    for batch in batches:
        padded = len(batch) * max(lengths[number] for number in batch)
        assert 0 < len(batch) <= BATCH_PASSAGES
        assert len(batch) == 1 or padded <= BATCH_TOKENS
