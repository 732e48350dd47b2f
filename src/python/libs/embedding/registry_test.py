import pytest

from libs.embedding.registry import DEFAULT_MODEL, MODELS, Model, UnknownModel, find_model


def test_every_model_is_found_by_its_own_name() -> None:
    assert all(find_model(name) is model for name, model in MODELS.items())
    assert all(name == model.name for name, model in MODELS.items())


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownModel, match=DEFAULT_MODEL.name):
        find_model("gpt-17")


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
def test_the_weights_of_every_model_are_installed(model: Model) -> None:
    assert (model.source() / model.weights).is_file()
