"""English-like texts without end: the words of the examples, drawn by their neighbours."""

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

_EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "documents"
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_SENTENCES_A_PARAGRAPH = 7
_PARAGRAPHS_A_SECTION = 6
_SECTIONS_A_DOCUMENT = 10


class Writer:
    """Writes the same texts for the same seed."""

    def __init__(self, seed: int = 1) -> None:
        self._chance = random.Random(seed)
        self._next: dict[str, list[str]] = defaultdict(list)
        for path in sorted(_EXAMPLES.glob("*.[tm][xd]*")):
            words = _WORD.findall(path.read_text(encoding="utf-8"))
            for word, following in pairwise(words):
                self._next[word].append(following)
        self._words = sorted(self._next)

    def sentence(self) -> str:
        word = self._chance.choice(self._words)
        words = [word]
        while len(words) < self._chance.randint(8, 22):
            word = self._chance.choice(self._next.get(word) or self._words)
            words.append(word)
        return " ".join(words).capitalize() + "."

    def document(self) -> str:
        """Prose with a heading every page or so, some thirty passages of it."""
        sections = []
        for number in range(_SECTIONS_A_DOCUMENT):
            paragraphs = [self.paragraph() for _ in range(_PARAGRAPHS_A_SECTION)]
            sections.append("\n\n".join([f"## Section {number}", *paragraphs]))
        return "\n\n".join(sections)

    def paragraph(self) -> str:
        return " ".join(self.sentence() for _ in range(_SENTENCES_A_PARAGRAPH))

    def queries(self, number: int) -> Iterator[str]:
        """Questions of four to eight words."""
        for _ in range(number):
            yield " ".join(self.sentence().rstrip(".").split()[: self._chance.randint(4, 8)])
