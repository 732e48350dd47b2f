"""A deterministic embedder without weights: texts that share words are alike."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import BertPreTokenizer

from libs.embedding import DEFAULT_MODEL, Model, PassageTooLong
from libs.embedding.embedder import Vector

HASHING_MODEL = replace(DEFAULT_MODEL, name="hashing", fingerprint="0" * 64)
_WORD = re.compile(r"\w+|[^\w\s]")


class HashingEmbedder:
    """Adds a fixed random vector per word; same text, same vector, on every machine."""

    def __init__(self, model: Model = HASHING_MODEL) -> None:
        self.model = model
        self.tokenizer = Tokenizer(WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
        self.tokenizer.pre_tokenizer = BertPreTokenizer()

    def count_tokens(self, text: str) -> int:
        return len(self.tokenizer.encode(text).ids)

    def embed_query(self, text: str) -> Vector:
        vector = np.zeros(self.model.dimension, np.float32)
        for word in _WORD.findall(text.lower()) or [""]:
            vector += self._direction(word)
        return vector / np.linalg.norm(vector)

    def embed_passages(self, texts: Sequence[str]) -> Vector:
        for number, text in enumerate(texts):
            if self.count_tokens(text) > self.model.max_tokens:
                raise PassageTooLong(f"Passage {number} has over {self.model.max_tokens} tokens.")
        rows = [self.embed_query(text) for text in texts]
        return np.array(rows, np.float32).reshape(len(texts), self.model.dimension)

    def close(self) -> None:
        """Nothing is held."""

    def _direction(self, word: str) -> Vector:
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "little")
        return np.random.default_rng(seed).standard_normal(self.model.dimension, np.float32)
