"""Models of a local folder: each subfolder with a ``model.json`` is one."""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from libs.embedding.digests import MANIFEST, read_digests
from libs.embedding.model import TOKENIZER_FILE, ConvertedWeights, Model

DESCRIPTION = "model.json"
_WEIGHTS = "model.bin"

type _Text = Annotated[str, Meta(min_length=1, max_length=200)]


class BadModelFolder(Exception):
    """A folder of a model is not as it should be; the message is one line that says where."""


class Description(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``model.json`` holds. ``max_tokens`` counts special tokens and the prefix, too."""

    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]
    dimension: Annotated[int, Meta(ge=1, le=4000)]  # more has no index in pgvector
    max_tokens: Annotated[int, Meta(ge=16, le=1_000_000)]
    license: _Text
    query_prefix: str = ""
    passage_prefix: str = ""
    pooling: Literal["mean"] = "mean"


def read_models(folder: Path) -> list[Model]:
    """Return the models below ``folder``, by name. A subfolder without a ``model.json`` is none.

    Raises:
        BadModelFolder: a description, a manifest or a part of a model is wrong or missing.
    """
    try:
        described = sorted(path.parent for path in folder.glob(f"*/{DESCRIPTION}"))
        models = [_read_model(one) for one in described]
    except OSError as error:
        raise BadModelFolder(f"{error.filename}: {error.strerror}") from error
    if not folder.is_dir():
        raise BadModelFolder(f"{folder} is no folder")
    return sorted(models, key=lambda model: model.name)


def _read_model(folder: Path) -> Model:
    path = folder / DESCRIPTION
    try:
        described = msgspec.json.decode(path.read_bytes(), type=Description)
    except msgspec.DecodeError as error:
        raise BadModelFolder(f"{path}: {error}") from error
    return Model(
        name=described.name,
        dimension=described.dimension,
        max_tokens=described.max_tokens,
        query_prefix=described.query_prefix,
        passage_prefix=described.passage_prefix,
        license=described.license,
        fingerprint=_fingerprint(folder),
        source=ConvertedWeights(folder),
    )


def _fingerprint(folder: Path) -> str:
    """Return the digest of the manifest's digests; whether they hold is asked when it is loaded."""
    try:
        digests = read_digests(folder)
    except ValueError as error:
        raise BadModelFolder(f"{folder / MANIFEST}: {error}") from error
    for name in (DESCRIPTION, _WEIGHTS, TOKENIZER_FILE):
        if name not in digests:
            raise BadModelFolder(f"{folder / MANIFEST}: it has no digest of {name}")
    return hashlib.sha256(json.dumps(digests, sort_keys=True).encode()).hexdigest()
