"""Texts become unit vectors: the known models, their weights made ready, and the embedder.

Nothing here reaches a hub: weights come out of installed packages, are converted once and cached.
"""

from libs.embedding.cache import prepare
from libs.embedding.context import in_context
from libs.embedding.embedder import Embedder, EmbeddingFailed, PassageTooLong, TextEmbedder
from libs.embedding.registry import DEFAULT_MODEL, MODELS, Model, UnknownModel, find_model

__all__ = [
    "DEFAULT_MODEL",
    "MODELS",
    "Embedder",
    "EmbeddingFailed",
    "Model",
    "PassageTooLong",
    "TextEmbedder",
    "UnknownModel",
    "find_model",
    "in_context",
    "prepare",
]
