import re

import pytest

from libs.accounts import new_key, parse_token
from libs.errors import Denied

_TOKEN = f"ibid_{'1' * 32}_{'a' * 64}"


def test_a_token_names_the_key_and_not_the_hash_of_its_secret() -> None:
    key = new_key()
    assert re.fullmatch(r"ibid_[0-9a-f]{32}_[0-9a-f]{64}", key.token)
    assert key.credentials == parse_token(key.token)
    assert key.credentials.key_id.hex in key.token
    assert key.credentials.secret_sha256.hex() not in key.token


def test_two_keys_share_nothing() -> None:
    assert new_key().token.split("_")[1:] != new_key().token.split("_")[1:]


def test_a_new_key_hides_its_token_in_the_repr() -> None:
    key = new_key()
    assert key.token not in repr(key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ibid_",
        _TOKEN + "\n",
        " " + _TOKEN,
        _TOKEN.upper(),
        _TOKEN[:-1],
        _TOKEN.replace("_", "-"),
        _TOKEN.replace("1", "١"),
        "x" * 100_000,
        "\0",
    ],
)
def test_other_texts_are_denied(text: str) -> None:
    with pytest.raises(Denied):
        parse_token(text)
