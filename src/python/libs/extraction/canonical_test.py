import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.extraction.canonical import canonical, decode, looks_like_text

ANY_TEXT = st.text(st.characters() | st.sampled_from("\r\n\x00\x0b\x85\ufeff\ud800\udfff\x7f"))


@given(ANY_TEXT)
def test_canonical_text_holds_nothing_that_cannot_be_stored(text: str) -> None:
    result = canonical(text)
    assert not [c for c in result if (c < " " and c not in "\n\t") or "\x7f" <= c <= "\x9f"]
    assert not result.startswith("\ufeff")
    result.encode("utf-8")


@given(ANY_TEXT)
def test_canonical_text_is_its_own_canonical_text(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff")))
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert canonical(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\nb\rc\x0cd", "a\nb\nc\nd"),
        ("\ufeffa\x00b", "ab"),
        ("\ud83d\x01|\x1b[31m", "\ufffd|[31m"),
    ],
)
def test_line_ends_and_controls(text: str, expected: str) -> None:
    assert canonical(text) == expected


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_text_survives_its_encoding(encoding: str) -> None:
    text = "Überstunden für das Café, 30 Tage im Jahr\n"
    assert canonical(decode(text.encode(encoding))) == text


def test_damaged_utf_8_loses_only_the_damaged_characters() -> None:
    assert decode("für\n".encode() + b"\xff" + "Café".encode()) == "für\n\ufffdCafé"


@given(st.binary())
def test_any_bytes_can_be_decoded(content: bytes) -> None:
    canonical(decode(content)).encode("utf-8")


@pytest.mark.parametrize(
    "sample",
    [
        b"plain",
        b"a\x00b and a few more words",
        b"caf\xe9 au lait",
        "für".encode()[:2],
        "日本語".encode(),
        "text".encode("utf-16"),
        b"\x1b[31mred\x1b[0m",
        b"",
    ],
)
def test_text_is_known_for_text(sample: bytes) -> None:
    assert looks_like_text(sample)


@pytest.mark.parametrize(
    "sample", [bytes(range(256)) * 4, b"\x00" * 100, b"\x7fELF\x02\x01\x01" + b"\x00" * 60]
)
def test_noise_is_not_taken_for_text(sample: bytes) -> None:
    assert not looks_like_text(sample)
