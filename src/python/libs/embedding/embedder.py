"""The embedder: a converted model in this process, on the CPU."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import batched
from pathlib import Path
from typing import Protocol, Self

import ctranslate2
import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from libs.embedding.cache import prepare
from libs.embedding.instructions import prefer_wide
from libs.embedding.model import TOKENIZER_FILE, Model

# Measured: a batch whose states leave the processor's cache runs at half the speed (16 passages of
# 245 tokens: 23 a second and core, 2 of them: 47), a batch of one short passage at nine tenths.
BATCH_PASSAGES = 16
BATCH_TOKENS = 512

MOST_QUERY_CHARACTERS = 16_384

KEPT_QUERIES = 4_096
"""6 MB of vectors of 384 dimensions: people page, go back, and ask what others ask."""

type Vector = NDArray[np.float32]
type TokenIds = list[int]


class PassageTooLong(Exception):
    """A passage has more tokens than the model reads; embedding it would drop its end."""


class EmbeddingFailed(Exception):
    """The model gave something that is no unit vector."""


class TextEmbedder(Protocol):
    """What searching and ingesting need of an embedder."""

    @property
    def model(self) -> Model: ...

    @property
    def tokenizer(self) -> Tokenizer: ...

    def embed_query(self, text: str) -> Vector: ...

    def embed_passages(self, texts: Sequence[str]) -> Vector: ...

    def close(self) -> None: ...


class Embedder:
    """Embeds by a converted model. Safe to share between threads; the GIL is free meanwhile.

    Every call computes on the CPU for milliseconds to seconds: async code calls it in a thread.
    """

    def __init__(self, model: Model, folder: Path, *, threads: int, inter_threads: int) -> None:
        self.model = model
        self.tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        prefer_wide()
        self._encoder = ctranslate2.Encoder(
            str(folder), intra_threads=threads, inter_threads=inter_threads
        )
        self._pool = ThreadPoolExecutor(inter_threads, thread_name_prefix="embed")
        self._kept = lru_cache(maxsize=KEPT_QUERIES)(self._embed_query)

    @classmethod
    def load(
        cls, model: Model, cache_dir: Path, *, threads: int = 1, inter_threads: int = 1
    ) -> Self:
        """Return an embedder of ``model``, its weights converted into ``cache_dir`` if need be.

        ``threads`` work on one batch together; ``inter_threads`` batches run side by side, which
        is faster for many passages and of no use for a query.
        """
        folder = prepare(model, cache_dir)
        embedder = cls(model, folder, threads=threads, inter_threads=inter_threads)
        embedder.try_out()
        return embedder

    def try_out(self) -> None:
        """Embed something as long as may be.

        Raises:
            EmbeddingFailed: the weights do not give, or do not read, what the model says.
        """
        some_token = self._encode("", ["a"])[0][0]
        try:
            self._embed([[some_token] * self.model.max_tokens])
        except (RuntimeError, ValueError) as error:
            raise EmbeddingFailed(
                f"{self.model.name} does not read {self.model.max_tokens} tokens: {error}"
            ) from error

    def close(self) -> None:
        """Give the weights' memory back; the embedder is of no use afterwards."""
        self._pool.shutdown()
        self._encoder.unload_model()

    def count_tokens(self, text: str) -> int:
        """Return the tokens of ``text`` as a passage, special tokens and prefix included."""
        return len(self._encode(self.model.passage_prefix, [text])[0])

    def embed_query(self, text: str) -> Vector:
        """Return a unit vector [dimension] float32, whatever the text; it may not be written to.

        Of a query with more than max_tokens it is the mean of its parts by length. What is beyond
        MOST_QUERY_CHARACTERS is not read. Of the last KEPT_QUERIES texts the vectors are at hand.
        """
        return self._kept(text)

    def _embed_query(self, text: str) -> Vector:
        # A lone surrogate has no UTF-8, which the tokenizer wants.
        storable = text[:MOST_QUERY_CHARACTERS].encode("utf-8", "replace").decode("utf-8")
        # not as a batch, for which the tokenizer would wake threads of its own
        ids = self.tokenizer.encode(self.model.query_prefix + storable).ids
        vector: Vector = self._embed([ids])[0] if self._fits(ids) else self._embed_parts(ids)
        vector.flags.writeable = False
        return vector

    def _fits(self, ids: TokenIds) -> bool:
        return len(ids) <= self.model.max_tokens

    def _embed_parts(self, ids: TokenIds) -> Vector:
        """Return the mean by length of parts that fit, each between the special tokens."""
        first, *words, last = ids
        parts = [[first, *part, last] for part in batched(words, self.model.max_tokens - 2)]
        vectors = np.concatenate([self._embed([part]) for part in parts])
        mean = np.average(vectors, axis=0, weights=[len(part) for part in parts])
        return np.asarray(mean / np.linalg.norm(mean), np.float32)

    def embed_passages(self, texts: Sequence[str]) -> Vector:
        """Return unit vectors [n, dimension] float32, in the order of ``texts``.

        Raises:
            PassageTooLong: a passage is over max_tokens; nothing is cut off silently.
        """
        inputs = self._encode(self.model.passage_prefix, texts)
        for number, ids in enumerate(inputs):
            if not self._fits(ids):
                raise PassageTooLong(
                    f"Passage {number} has {len(ids)} tokens; the model reads "
                    f"{self.model.max_tokens}."
                )
        vectors = np.empty((len(texts), self.model.dimension), np.float32)
        batches = _batches([len(ids) for ids in inputs])
        for batch, embedded in zip(batches, self._embed_batches(inputs, batches), strict=True):
            vectors[batch] = embedded
        return vectors

    def _embed_batches(self, inputs: list[TokenIds], batches: list[list[int]]) -> Iterator[Vector]:
        return self._pool.map(
            lambda batch: self._embed([inputs[number] for number in batch]), batches
        )

    def _encode(self, prefix: str, texts: Sequence[str]) -> list[TokenIds]:
        prefixed = [prefix + text for text in texts]
        return [encoding.ids for encoding in self.tokenizer.encode_batch_fast(prefixed)]

    def _embed(self, inputs: list[TokenIds]) -> Vector:
        output = self._encoder.forward_batch(inputs)
        return _mean(np.asarray(output.last_hidden_state), inputs, self.model)


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Return the numbers of the inputs in batches, inputs of like length together."""
    batches: list[list[int]] = [[]]
    for number in sorted(range(len(lengths)), key=lambda number: lengths[number]):
        padded = (len(batches[-1]) + 1) * lengths[number]
        if batches[-1] and (padded > BATCH_TOKENS or len(batches[-1]) == BATCH_PASSAGES):
            batches.append([])
        batches[-1].append(number)
    return [batch for batch in batches if batch]


def _mean(states: Vector, inputs: list[TokenIds], model: Model) -> Vector:
    """Return the mean of each input's token states, scaled to unit length."""
    if states.shape[::2] != (len(inputs), model.dimension):
        raise EmbeddingFailed(f"{model.name} gave the shape {states.shape}.")
    # a sum has the direction of the mean, and takes a third of its time
    sums = np.stack([row[: len(ids)].sum(axis=0) for row, ids in zip(states, inputs, strict=True)])
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    if not (np.isfinite(lengths).all() and lengths.all()):
        raise EmbeddingFailed(f"{model.name} gave a vector without a direction.")
    return np.asarray(sums / lengths, np.float32)
