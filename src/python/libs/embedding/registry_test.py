from pathlib import Path

import pytest

from libs.embedding.folder import BadModelFolder
from libs.embedding.model import Model, PackagedWeights
from libs.embedding.registry import DEFAULT_MODEL, MODELS, Registry, UnknownModel
from libs.testing.models import write_model


def test_every_model_is_found_by_its_own_name() -> None:
    registry = Registry.read()
    assert all(registry.find(model.name) is model for model in registry)


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownModel, match=DEFAULT_MODEL.name):
        Registry.read().find("gpt-17")


def test_a_model_of_the_folder_is_beside_those_in_packages(tmp_path: Path) -> None:
    write_model(tmp_path / "one", name="one")
    registry = Registry.read(tmp_path)
    assert registry.find("one").dimension == 32
    assert registry.find(DEFAULT_MODEL.name) is DEFAULT_MODEL


def test_two_models_of_one_name_are_refused(tmp_path: Path) -> None:
    write_model(tmp_path / "one", name=DEFAULT_MODEL.name)
    with pytest.raises(BadModelFolder, match=f"two models have the name {DEFAULT_MODEL.name}"):
        Registry.read(tmp_path)


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
def test_the_weights_of_every_model_are_installed(model: Model) -> None:
    assert isinstance(model.source, PackagedWeights)
    assert (model.source.folder() / model.source.file).is_file()
