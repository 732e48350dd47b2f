from collections.abc import Iterator

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from libs.embedding import DEFAULT_MODEL, Embedder, knows_word


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tokenizer]:
    embedder = Embedder.load(DEFAULT_MODEL, tmp_path_factory.mktemp("models"))
    yield embedder.tokenizer
    embedder.close()


@pytest.mark.parametrize("word", ["lend", "position", "café", "skipper"])
def test_common_words_are_known(tokenizer: Tokenizer, word: str) -> None:
    assert knows_word(tokenizer, word)


@pytest.mark.parametrize("word", ["saftey", "recieve", "seperate", "ꙮꙮꙮꙮꙮ", "掃", "", "lend it"])
def test_slips_and_what_no_piece_spells_are_not(tokenizer: Tokenizer, word: str) -> None:
    assert not knows_word(tokenizer, word)


def test_a_word_may_be_known_by_its_capital_alone() -> None:
    pieces = [("<unk>", 0.0), ("▁Haus", -1.0), ("▁", -2.0), ("h", -3.0), ("aus", -3.0)]
    tokenizer = Tokenizer(models.Unigram(pieces, 0))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    assert knows_word(tokenizer, "haus")
    assert not knows_word(tokenizer, "hhaus")
