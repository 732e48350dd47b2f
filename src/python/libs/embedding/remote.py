"""Embeds by an endpoint that is compatible with OpenAI's ``/v1/embeddings``.

What is cut off silently would be lost silently, so nothing is taken on trust. A text of no more
bytes than the model reads tokens fits, whatever the tokenizer. A longer passage is sent alone and
needs the answer's ``usage`` to say that fewer tokens than the most were read. And once, at the
start, two long texts that differ in their last part must not have the same embedding.
"""

import http.client
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import batched

import msgspec
import numpy as np
from tokenizers import Tokenizer

from libs.embedding.embedder import (
    KEPT_QUERIES,
    MOST_QUERY_CHARACTERS,
    EmbeddingFailed,
    PassageTooLong,
    Vector,
)
from libs.embedding.http import JsonApi
from libs.embedding.model import Endpoint, Model
from libs.embedding.whole import in_halves
from libs.errors import Unavailable

_TEXTS_AT_ONCE = 32
_REQUESTS_AT_ONCE = 4
_FRAME_TOKENS = 8
"""What a model may put around a text."""

_TOO_LONG = (400, 413, 422)
_SAME = 0.9999
"""A cosine: texts that differ in an eighth of their words are further apart."""


class _Embedding(msgspec.Struct):
    index: int
    embedding: list[float]


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None


class _Answer(msgspec.Struct):
    data: list[_Embedding]
    usage: _Usage | None = None


class RemoteEmbedder:
    """May be shared by threads. ``tokenizer`` is for splitting texts, not the endpoint's own."""

    def __init__(self, model: Model, endpoint: Endpoint, tokenizer: Tokenizer) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self._api = JsonApi(endpoint.url, endpoint.api_key)
        self._pool = ThreadPoolExecutor(_REQUESTS_AT_ONCE, thread_name_prefix="embed")
        self._kept = lru_cache(maxsize=KEPT_QUERIES)(self._embed_query)

    def close(self) -> None:
        self._pool.shutdown()
        self._api.close()

    def try_out(self) -> None:
        """Embed texts as long as may be.

        Raises:
            EmbeddingFailed: the endpoint gives something else than it should, or cuts texts off.
            Unavailable: it does not answer.
        """
        words = self.model.max_tokens - _FRAME_TOKENS - len(self.model.passage_prefix.encode())
        begin = "a " * (words - words // 8)
        texts = [begin + f"{word} " * (words // 8) for word in ("sea", "law")]
        try:
            one, other = (self._ask([self.model.passage_prefix + text])[0] for text in texts)
        except PassageTooLong as error:
            raise EmbeddingFailed(
                f"The endpoint does not read {self.model.max_tokens} tokens: {error}"
            ) from error
        if float(one @ other) > _SAME:
            raise EmbeddingFailed(
                f"The endpoint reads fewer than {self.model.max_tokens} tokens, and cuts off the"
                " rest without saying so."
            )

    def embed_query(self, text: str) -> Vector:
        """Return a unit vector [dimension] float32; it may not be written to.

        A query of more tokens than the endpoint reads is embedded in halves; in any case nothing
        is read beyond MOST_QUERY_CHARACTERS.
        """
        return self._kept(text)

    def embed_passages(self, texts: Sequence[str]) -> Vector:
        """Return unit vectors [n, dimension] float32, in the order of ``texts``.

        Raises:
            PassageTooLong: a passage has too many tokens, or the endpoint does not say how many.
            EmbeddingFailed: the endpoint gave something that is no unit vector.
            Unavailable: it does not answer; trying again helps.
        """
        prefixed = [self.model.passage_prefix + text for text in texts]
        vectors = np.empty((len(texts), self.model.dimension), np.float32)
        short = [number for number, text in enumerate(prefixed) if self._surely_fits(text)]
        long = sorted(set(range(len(texts))) - set(short))
        groups = [*batched(short, _TEXTS_AT_ONCE), *((number,) for number in long)]
        asked = self._pool.map(lambda group: self._ask([prefixed[one] for one in group]), groups)
        for group, found in zip(groups, asked, strict=True):
            vectors[list(group)] = found
        return vectors

    def _embed_query(self, text: str) -> Vector:
        storable = text[:MOST_QUERY_CHARACTERS].encode("utf-8", "replace").decode("utf-8")
        vector: Vector = in_halves(self._embed_queries, [storable.strip() or "?"])[0]
        vector.flags.writeable = False
        return vector

    def _embed_queries(self, texts: Sequence[str]) -> Vector:
        return self._ask([self.model.query_prefix + text for text in texts])

    def _surely_fits(self, text: str) -> bool:
        return len(text.encode()) + _FRAME_TOKENS <= self.model.max_tokens

    def _ask(self, texts: Sequence[str]) -> Vector:
        body = {"model": self.model.name, "input": texts, "encoding_format": "float"}
        try:
            status, content = self._api.post("/embeddings", json.dumps(body).encode())
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(
                "The embedding endpoint does not answer. Ibid tries again."
            ) from error
        fits = all(self._surely_fits(text) for text in texts)
        if status in _TOO_LONG and not fits:
            raise PassageTooLong("A passage has more tokens than the endpoint reads.")
        if status != http.client.OK:
            raise Unavailable(f"The embedding endpoint answers with {status}. Ibid tries again.")
        answer = _decoded(content)
        if not fits and not self._is_whole(answer):
            raise PassageTooLong("The endpoint does not tell that it read the whole passage.")
        return self._vectors(answer, len(texts))

    def _is_whole(self, answer: _Answer) -> bool:
        tokens = answer.usage.prompt_tokens if answer.usage else None
        return tokens is not None and 0 < tokens < self.model.max_tokens

    def _vectors(self, answer: _Answer, count: int) -> Vector:
        rows = sorted(answer.data, key=lambda row: row.index)
        if [row.index for row in rows] != list(range(count)):
            raise EmbeddingFailed(f"The endpoint gave {len(rows)} embeddings for {count} texts.")
        for row in rows:
            if len(row.embedding) != self.model.dimension:
                raise EmbeddingFailed(
                    f"The endpoint gave {len(row.embedding)} dimensions; {self.model.name} has"
                    f" {self.model.dimension}."
                )
        vectors = np.array([row.embedding for row in rows], np.float64)
        with np.errstate(over="ignore"):
            lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.isfinite(lengths).all() and lengths.all()):
            raise EmbeddingFailed("The endpoint gave a vector without a direction.")
        return np.asarray(vectors / lengths, np.float32)


def _decoded(content: bytes) -> _Answer:
    try:
        return msgspec.json.decode(content, type=_Answer)
    except msgspec.DecodeError as error:
        raise EmbeddingFailed(
            f"The endpoint gave something else than embeddings: {error}"
        ) from error
