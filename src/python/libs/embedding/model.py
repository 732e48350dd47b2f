"""What a model is, and where it comes from."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

TOKENIZER_FILE = "tokenizer.json"
"""In a model's folder, as Hugging Face's tokenizers write it."""


@dataclass(frozen=True, slots=True)
class PackagedWeights:
    """Weights in an installed package, converted before they are used."""

    file: str  # its SHA-256 is the model's fingerprint
    folder: Callable[[], Path]  # finds the folder of that file in the package
    convert: Callable[[Path, Path], None]  # (source folder, empty target folder)


@dataclass(frozen=True, slots=True)
class ConvertedWeights:
    """Weights that somebody converted and put into a folder of this machine."""

    folder: Path


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Weights behind an HTTP API that is compatible with OpenAI's: ``url`` ends in ``/v1``."""

    url: str
    api_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Model:
    """What tells one embedding model from another; its name is the key of stored embeddings."""

    name: str
    dimension: int
    max_tokens: int  # of a whole input, special tokens and prefix included
    query_prefix: str
    passage_prefix: str
    license: str
    fingerprint: str  # sha256 of what makes the model give these embeddings, in hexadecimal
    source: PackagedWeights | ConvertedWeights | Endpoint
