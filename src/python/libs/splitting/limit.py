"""How much a passage may hold: tokens by the model's own tokenizer, and characters."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import batched

from tokenizers import Tokenizer

MAX_CHARACTERS = 4_000
"""Words that a tokenizer does not know are one token whatever their length: this stops them."""

TARGET_TOKENS = 200
"""Where a longer text is cut: enough to make sense alone, and still about one thing."""

_COUNTED_AT_ONCE = 1_024
_WINDOW = 16_000

type Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of text that stays whole."""

    start: int
    end: int
    tokens: int


@dataclass(frozen=True, slots=True)
class TokenLimit:
    """At most ``max_tokens`` a passage, special tokens and the model's passage prefix included.

    The tokenizer must neither truncate nor pad.
    """

    tokenizer: Tokenizer
    max_tokens: int
    prefix: str = ""

    @property
    def room(self) -> int:
        """The tokens that are left for the text itself."""
        return self.max_tokens - len(self.tokenizer.encode(self.prefix).ids)

    def admits(self, text: str, spans: Iterable[Span]) -> Iterator[bool]:
        """Tell of each span whether it may be a passage; this counts exactly what is embedded."""
        for some in batched(spans, _COUNTED_AT_ONCE):
            whole = [self.prefix + text[start:end] for start, end in some]
            for encoding, (start, end) in zip(
                self.tokenizer.encode_batch_fast(whole), some, strict=True
            ):
                yield len(encoding) <= self.max_tokens and end - start <= MAX_CHARACTERS

    def measure(self, text: str, spans: Iterable[Span]) -> Iterator[Unit]:
        """Yield the spans with their tokens; one with too many characters has more than fit."""
        for some in batched(spans, _COUNTED_AT_ONCE):
            short = [text[start:end] if self._is_short(start, end) else "" for start, end in some]
            encodings = self.tokenizer.encode_batch_fast(short, add_special_tokens=False)
            for encoding, (start, end) in zip(encodings, some, strict=True):
                fits = self._is_short(start, end)
                yield Unit(start, end, len(encoding) if fits else self.max_tokens + 1)

    def cut(self, text: str, span: Span) -> Iterator[Unit]:
        """Cut a span into units that fit, at spaces where there are any, otherwise anywhere."""
        start, end = span
        room = self.room
        while start < end:
            window_end = min(start + _WINDOW, end)
            encoding = self.tokenizer.encode(text[start:window_end], add_special_tokens=False)
            starts = [start + token_start for token_start, _ in encoding.offsets]
            for unit in _cut_tokens(text, start, window_end, starts, room):
                if unit.end == window_end < end and unit.start > start:
                    break
                yield unit
                start = unit.end

    @staticmethod
    def _is_short(start: int, end: int) -> bool:
        return end - start <= MAX_CHARACTERS


def _cut_tokens(
    text: str, start: int, end: int, token_starts: list[int], room: int
) -> Iterator[Unit]:
    """Yield units of at most ``room`` tokens and MAX_CHARACTERS from ``start`` on."""
    first = 0
    while start < end:
        stop = token_starts[first + room] if first + room < len(token_starts) else end
        stop = max(min(stop, start + MAX_CHARACTERS), start + 1)
        if stop < end:
            stop = _before_word(text, start, stop)
        last = first
        while last < len(token_starts) and token_starts[last] < stop:
            last += 1
        yield Unit(start, stop, last - first)
        start, first = stop, last


def _before_word(text: str, start: int, stop: int) -> int:
    """Return the last start of a word in the second half of [start, stop), or ``stop``."""
    for place in range(stop, start + (stop - start) // 2, -1):
        if text[place - 1].isspace():
            return place
    return stop
