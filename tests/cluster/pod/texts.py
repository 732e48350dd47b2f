"""Documents that nobody wrote: each has a word that no other has."""

import random

_VOCABULARY = """
    anchor apron awning ballast barge barometer beacon bell berth bilge boom bosun bow breeze
    bridge buoy cabin cable calm canvas capstan cargo channel chart cleat compass cook crane crew
    current davit deck dinghy dock dredger drift ebb engine ferry flag fog foghorn fuel gale galley
    gangway grapnel halyard harbour hatch hawser helm horizon hull island jetty keel keeper knot
    lantern lead ledger lens lighthouse lightship lock mast mate mooring net oar oil pier pilot pump
    quay raft reef rigging rope rudder sail sandbank sextant shoal signal skiff sluice squall stern
    storm tackle tide tiller tonnage tow tug warp watch weather wharf winch wreck
"""
_WORDS = _VOCABULARY.split()

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
    """Few words, none of which is in every document: what a query finds among many is a part of
    them, as it is among those that people write."""
    chosen = random.Random(number)
    sentences = [
        " ".join(chosen.choices(_WORDS, k=4)).capitalize() + "."
        for _ in range(chosen.randint(3, 5))
    ]
    sentences.insert(2, f"The mark of this paper is {unique_word(number)}.")
    return " ".join(sentences).encode()
