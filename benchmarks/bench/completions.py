"""Completing what is typed, in a workspace of a million words."""

import random
from statistics import median, quantiles
from uuid import UUID

from bench.bulk import Owner, connect_owner
from bench.search import Caller, timed
from bench.system import System

_WORDS, _WARM_UP, _TYPED = 1_000_000, 50, 500
_CONSONANTS, _VOWELS = "bcdfghklmnprstvwz", "aeiou"


def run(system: System, passages: int) -> None:
    chance = random.Random(11)
    with connect_owner(system) as owner, system.client() as client:
        words = _fill(owner, client.whoami().workspace_id, chance)
    caller = Caller(system)
    typed = [_begin(chance.choice(words), chance) for _ in range(_WARM_UP + _TYPED)]
    times = [timed(lambda: caller.complete(one))[1] for one in typed][_WARM_UP:]  # noqa: B023
    print(
        f"{_WORDS} words, HTTP           p50 {median(times) * 1e3:.1f} ms"
        f"   p95 {quantiles(times, n=20)[-1] * 1e3:.1f} ms   (target: at most 60)",
        flush=True,
    )


def _begin(word: str, chance: random.Random) -> str:
    """Two letters and more of a word, short beginnings as often as long ones."""
    return word[: chance.randint(2, min(6, len(word)))]


def _fill(owner: Owner, workspace_id: UUID, chance: random.Random) -> list[str]:
    """Words of two to five syllables, a few of them frequent, as words are."""
    words: set[str] = set()
    while len(words) < _WORDS:
        syllables = chance.randint(2, 5)
        words.add(
            "".join(chance.choice(_CONSONANTS) + chance.choice(_VOWELS) for _ in range(syllables))
            + chance.choice(_CONSONANTS)
        )
    owner.execute("delete from vocables where workspace_id = %s", [workspace_id])
    columns = "workspace_id, folded, word, documents"
    with owner.cursor().copy(f"copy vocables ({columns}) from stdin") as copy:
        for word in sorted(words):
            documents = int(chance.paretovariate(0.8))
            copy.write_row((workspace_id, word, word, min(documents, 1_000_000)))
    owner.execute("vacuum analyze vocables")
    return sorted(words)
