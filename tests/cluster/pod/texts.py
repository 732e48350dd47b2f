"""Documents that nobody wrote: each has a word that no other has."""

import random

_WORDS = [
    "harbour",
    "lantern",
    "keeper",
    "weather",
    "barometer",
    "tide",
    "ledger",
    "pilot",
    "anchor",
    "gale",
    "signal",
    "island",
    "ferry",
    "channel",
    "sandbank",
    "lighthouse",
    "mooring",
    "rope",
    "sail",
    "compass",
    "chart",
    "horizon",
    "current",
    "buoy",
    "storm",
]
KNOWN = {
    "the keeper of the lighthouse at Norderoog": (
        "The lamp of the lighthouse at Norderoog was lit for the first time in 1873. Its keeper, "
        "Momme Petersen, wrote the weather down every hour for twenty-six years."
    ),
    "who pays for the ferry in winter": (
        "From November to March the parish pays for the ferry, since the toll of the few who "
        "cross would not buy the coal."
    ),
    "how deep is the channel at low tide": (
        "At low tide the channel is four metres deep, and two at the sandbank, which moves by the "
        "length of a boat every year."
    ),
}
"""Queries, and the text that answers each."""


def unique_word(number: int) -> str:
    """Letters only, so that no parser takes it apart, and no stemmer finds an ending."""
    letters = "".join("bcdfghjklm"[int(digit)] + "o" for digit in f"{number:07d}")
    return f"qua{letters}x"


def document(number: int) -> bytes:
    chosen = random.Random(number)
    sentences = [
        " ".join(chosen.choices(_WORDS, k=12)).capitalize() + "."
        for _ in range(chosen.randint(4, 9))
    ]
    sentences.insert(2, f"The mark of this paper is {unique_word(number)}.")
    return " ".join(sentences).encode()
