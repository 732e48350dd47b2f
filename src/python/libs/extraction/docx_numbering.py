"""The labels that Word shows before numbered paragraphs: they are counted, not stored."""

from collections import defaultdict
from dataclasses import dataclass, field

_ROMAN = [(1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc")]
_ROMAN += [(50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")]
_DEEPEST = 9


@dataclass(slots=True)
class Level:
    """How one level of a list is numbered; ``pattern`` is such as "%1.%2."."""

    format: str = "bullet"
    pattern: str = ""
    first: int = 1


@dataclass(slots=True)
class Numbering:
    """The lists of a document and how far each has been counted."""

    levels: dict[str, dict[int, Level]] = field(default_factory=lambda: defaultdict(dict))
    lists: dict[str, str] = field(default_factory=dict)  # list id to the id of its definition
    _counts: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))

    def label(self, list_id: str, depth: int) -> str:
        """Count one paragraph and return its label, "-" for a bullet."""
        definition = self.lists.get(list_id, "")
        levels = self.levels.get(definition, {})
        level = levels.get(depth, Level())
        if level.format in ("bullet", "none") or not level.pattern:
            return "-"
        counts = self._counts[definition]
        counts[depth] = counts.get(depth, level.first - 1) + 1
        for deeper in [other for other in counts if other > depth]:
            del counts[deeper]
        label = level.pattern
        for above in range(min(depth, _DEEPEST - 1) + 1):
            shown = levels.get(above, Level("decimal"))
            label = label.replace(f"%{above + 1}", _number(counts.get(above, 1), shown.format))
        return label


def _number(count: int, form: str) -> str:
    if form in ("lowerLetter", "upperLetter") and count > 0:
        letter = chr(ord("a") + (count - 1) % 26) * min((count - 1) // 26 + 1, 9)
        return letter.upper() if form == "upperLetter" else letter
    if form in ("lowerRoman", "upperRoman") and 0 < count < 4000:
        roman = ""
        for value, sign in _ROMAN:
            roman += sign * (count // value)
            count %= value
        return roman.upper() if form == "upperRoman" else roman
    return str(count).zfill(2) if form == "decimalZero" else str(count)
