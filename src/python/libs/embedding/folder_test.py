from pathlib import Path

import numpy as np
import pytest

from libs.embedding.cache import WrongWeights
from libs.embedding.digests import MANIFEST
from libs.embedding.embedder import Embedder, EmbeddingFailed, PassageTooLong
from libs.embedding.folder import BadModelFolder, read_models
from libs.embedding.model import Model
from libs.testing.models import describe, write_model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_model(tmp_path / "tiny", name="tiny")


def only_model(folder: Path) -> Model:
    [model] = read_models(folder.parent)
    return model


def test_a_model_of_a_folder_embeds(folder: Path, tmp_path: Path) -> None:
    embedder = Embedder.load(only_model(folder), tmp_path / "unused")
    vectors = embedder.embed_passages(["oil lamp", "fog"])
    assert vectors.shape == (2, 32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    embedder.close()
    assert not (tmp_path / "unused").exists()


def test_what_is_no_model_is_passed_over(folder: Path) -> None:
    (folder.parent / "lost+found").mkdir()
    (folder.parent / "README.md").write_text("models")
    assert [model.name for model in read_models(folder.parent)] == ["tiny"]


def test_new_weights_have_another_fingerprint(folder: Path, tmp_path: Path) -> None:
    write_model(tmp_path / "other" / "tiny", name="tiny", license="MIT-0")
    [other] = read_models(tmp_path / "other")
    assert other.fingerprint != only_model(folder).fingerprint == only_model(folder).fingerprint


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"dimension": "many"}, "dimension"),
        ({"dimension": 4001}, "dimension"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"name": "two words"}, "name"),
        ({"license": None}, "license"),
        ({"pooling": "cls"}, "pooling"),
        ({"prefix": "query: "}, "prefix"),
    ],
)
def test_a_wrong_description_is_one_line_that_names_the_field(
    folder: Path, changes: dict[str, object], told: str
) -> None:
    describe(folder, **changes)
    with pytest.raises(BadModelFolder, match=rf"tiny/model\.json: .*{told}") as caught:
        read_models(folder.parent)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["model.bin", "tokenizer.json"])
def test_a_manifest_without_a_part_is_refused(folder: Path, name: str) -> None:
    (folder / name).unlink()
    describe(folder)
    with pytest.raises(BadModelFolder, match=f"no digest of {name}"):
        read_models(folder.parent)


def test_a_folder_without_a_manifest_is_refused(folder: Path) -> None:
    (folder / MANIFEST).unlink()
    with pytest.raises(BadModelFolder, match=r"manifest\.json: No such file"):
        read_models(folder.parent)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadModelFolder, match="nowhere is no folder"):
        read_models(tmp_path / "nowhere")


def test_other_weights_than_were_sealed_are_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "model.bin").write_bytes(b"other")
    with pytest.raises(WrongWeights, match="new weights need a new name"):
        Embedder.load(only_model(folder), tmp_path)


def test_a_dimension_that_the_weights_do_not_give_is_refused(folder: Path, tmp_path: Path) -> None:
    describe(folder, dimension=64)
    with pytest.raises(EmbeddingFailed, match="gave the shape"):
        Embedder.load(only_model(folder), tmp_path)


def test_more_tokens_than_the_weights_read_are_refused(folder: Path, tmp_path: Path) -> None:
    describe(folder, max_tokens=65)
    with pytest.raises(EmbeddingFailed, match="does not read 65 tokens"):
        Embedder.load(only_model(folder), tmp_path)


def test_a_passage_with_too_many_tokens_is_refused(folder: Path, tmp_path: Path) -> None:
    embedder = Embedder.load(only_model(folder), tmp_path)
    with pytest.raises(PassageTooLong):
        embedder.embed_passages(["lamp " * 64])
    embedder.close()
