"""A tokenizer of scored pieces, as SentencePiece has them, with its rules for characters."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

_FIRST_PRIVATE = 0xE000


@dataclass(frozen=True, slots=True)
class Pieces:
    """``begin``, ``end``, ``unknown`` and ``padding`` are numbers of pieces."""

    texts: Sequence[str]
    scores: Sequence[float]
    begin: int
    end: int
    unknown: int
    padding: int
    replacements: Mapping[str, str]  # of single characters, before a text is taken apart


def unigram_tokenizer(pieces: Pieces) -> Tokenizer:
    """Return a tokenizer whose offsets are those of the text before characters are replaced."""
    tokenizer = Tokenizer(models.Unigram(_vocabulary(pieces), pieces.unknown))
    tokenizer.normalizer = _normalizer(pieces)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    begin, end = pieces.texts[pieces.begin], pieces.texts[pieces.end]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}", special_tokens=[(begin, pieces.begin), (end, pieces.end)]
    )
    return tokenizer


def _vocabulary(pieces: Pieces) -> list[tuple[str, float]]:
    """Return texts and scores; no text can hold the pieces that stand for no text.

    Spaces have become something else by the time that pieces are looked for.
    """
    unspoken = {pieces.begin, pieces.end, pieces.unknown, pieces.padding}
    return [
        (f" {text}" if number in unspoken else text, score)
        for number, (text, score) in enumerate(zip(pieces.texts, pieces.scores, strict=True))
    ]


def _normalizer(pieces: Pieces) -> normalizers.Normalizer:
    """Return what does the replacements; but for a few of them they are Unicode's NFKC.

    NFKC also puts together what is written as letter and accent, which single characters cannot
    tell, and which the pieces are made for.
    """
    replaced = pieces.replacements
    special: dict[str, list[str]] = {}
    for character, text in replaced.items():
        if _nfkc(character) != text:
            special.setdefault(text, []).append(character)
    spelt = {character for text in pieces.texts for character in text}
    kept = sorted(one for one in spelt if one not in replaced and _nfkc(one) != one)
    private = {one: chr(_FIRST_PRIVATE + number) for number, one in enumerate(kept)}
    return normalizers.Sequence(
        [
            *(normalizers.Replace(_any_of(ones), text) for text, ones in special.items()),
            *(normalizers.Replace(one, stand_in) for one, stand_in in private.items()),
            normalizers.NFKC(),
            *(normalizers.Replace(stand_in, one) for one, stand_in in private.items()),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )


def _any_of(characters: Sequence[str]) -> Regex:
    return Regex("[" + "".join(f"\\x{{{ord(one):x}}}" for one in characters) + "]")


def _nfkc(text: str) -> str:
    return unicodedata.normalize("NFKC", text)
