"""Queries that are made to be slow: what each answers, and how long the database works on it.

Runs after ``scale``, in its workspace, on the words that most of its passages have.
"""

import http.client
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

from bench.bulk import connect_owner
from bench.system import System

_WORDS, _TIMES = 200, 8
_MOST_FREQUENT = """
    select lexeme from terms
     where workspace_id = %s and lexeme ~ '^[a-z]{2,}$'
     order by df desc limit %s
"""

type Words = list[str]


_CHANCE = random.Random(14)
_LETTERS = [*range(32, 0x2FF), *range(0x400, 0x3100)]
_QUERIES: dict[str, Callable[[Words], str]] = {
    "a frequent word": lambda words: words[0],
    "sixty frequent words": lambda words: " ".join(words[:60]),
    "as long as a query may be": lambda words: " ".join(words * 4)[:3900],
    "a beginning": lambda words: f"{words[0][:2]}*",
    "eight beginnings": lambda words: " ".join(f"{word[:2]}*" for word in words[:8]),
    "one of eight beginnings": lambda words: " OR ".join(f"{word[:2]}*" for word in words[:8]),
    "thirty beginnings": lambda words: " ".join(f"{word[:2]}*" for word in words[:30]),
    "one of thirty words": lambda words: " OR ".join(words[:30]),
    "without a word": lambda words: f"-{words[0]}",
    "words without thirty others": lambda words: " ".join(
        [words[0], *(f"-{word}" for word in words[1:31])]
    ),
    "a phrase": lambda words: f'"{words[0]} {words[1]}"',
    "a phrase of one word": lambda words: f'"{words[0]}"',
    "a phrase of stop words": lambda _: '"to be or not to be"',
    "ten phrases": lambda words: " ".join(f'"{a} {b}"' for a, b in pairwise(words[:11])),
    "one of ten phrases": lambda words: " OR ".join(f'"{a} {b}"' for a, b in pairwise(words[:11])),
    "a field": lambda _: "title:scale",
    "a field and a phrase": lambda words: f'title:s* "{words[0]} {words[1]}"',
    "a day": lambda _: "after:2020",
    "words misspelt": lambda words: " ".join(f"{word}qz" for word in words[:4]),
    "noise": lambda _: "".join(map(chr, _CHANCE.choices(_LETTERS, k=1500))),
}


def run(system: System, passages: int) -> None:
    with system.client() as client:
        workspace_id = client.whoami().workspace_id
    with connect_owner(system) as owner:
        found = owner.execute(_MOST_FREQUENT, [workspace_id, _WORDS]).fetchall()
    words = [str(word) for (word,) in found]
    slowest = 0.0
    for name, make in _QUERIES.items():
        answers: Counter[int] = Counter()
        took = []
        for _ in range(_TIMES):
            status, milliseconds = _ask(system, make(words))
            answers[status] += 1
            took.append(milliseconds)
            _CHANCE.shuffle(words)
        slowest = max(slowest, *took)
        said = ", ".join(f"{status} x {count}" for status, count in sorted(answers.items()))
        print(f"{name:28s} database at most {max(took):7.1f} ms   {said}", flush=True)
    print(f"the slowest                  {slowest:7.1f} ms   (target: at most 200)", flush=True)


def _ask(system: System, query: str) -> tuple[int, float]:
    """Return the status, and how long the database worked, in ms; of no 200, the whole request."""
    connection = http.client.HTTPConnection("127.0.0.1", system.config.ports.api, timeout=60)
    headers = {"Authorization": f"Bearer {system.api_key}", "Content-Type": "application/json"}
    began = time.perf_counter()
    connection.request("POST", "/v1/search", json.dumps({"query": query, "explain": True}), headers)
    answer = connection.getresponse()
    body = json.loads(answer.read())
    milliseconds = (time.perf_counter() - began) * 1e3
    connection.close()
    if answer.status == 200:
        milliseconds = float(body["explanation"]["database_ms"])
    return answer.status, milliseconds
