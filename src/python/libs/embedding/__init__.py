"""Texts become unit vectors: the known models, their weights made ready, and the embedder.

Nothing here reaches a hub: weights come out of installed packages, and are converted once and
cached, or out of a folder that an operator filled.
"""

from libs.embedding.cache import WrongWeights, prepare
from libs.embedding.context import embed_passages
from libs.embedding.embedder import Embedder, EmbeddingFailed, PassageTooLong, TextEmbedder
from libs.embedding.embedders import Embedders
from libs.embedding.folder import BadModelFolder
from libs.embedding.loading import load_embedder
from libs.embedding.model import Model
from libs.embedding.registry import (
    DEFAULT_MODEL,
    MODELS,
    BadEndpoint,
    Registry,
    UnknownModel,
)
from libs.embedding.vocabulary import knows_word

__all__ = [
    "DEFAULT_MODEL",
    "MODELS",
    "BadEndpoint",
    "BadModelFolder",
    "Embedder",
    "Embedders",
    "EmbeddingFailed",
    "Model",
    "PassageTooLong",
    "Registry",
    "TextEmbedder",
    "UnknownModel",
    "WrongWeights",
    "embed_passages",
    "knows_word",
    "load_embedder",
    "prepare",
]
