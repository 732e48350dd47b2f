"""What people meant by words that no document has, or hardly any."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from string import ascii_lowercase

from libs.analysis import fold, is_run, is_stop_word, word_lexemes, words
from libs.postgres.pool import Connection
from libs.postgres.statements import load

type Knows = Callable[[str], bool]
"""Whether a word, in small letters, is one that people use, whatever the documents have."""

_SQL = load("libs.search")

_SHORTEST, _LONGEST = 4, 24
_MOST_WORDS = 4
_SHORTEST_OF_TWO = 7
"""Letters, from which on two slips are mended and not one."""
_SAME_BEGINNING = 3
_MOST_READ = 500
_TIMES_AS_MANY = 10
"""As many documents as have a word must have another, for it to be likelier."""

_ALPHABETS = (
    ascii_lowercase,
    "абвгдежзийклмнопрстуфхцчшщъыьэюя",
    "αβγδεζηθικλμνξοπρσςτυφχψω",
)


def unknown_words(text: str, languages: Sequence[str], found: Iterable[str]) -> list[str]:
    """Return the words of the text that nothing was found by, and that may be misspelt.

    There are none where they are many: that is no slip but another language.
    """
    return _few(text, languages, found, are_known=False)


def rare_words(text: str, languages: Sequence[str], found: Iterable[str]) -> list[str]:
    """Return the words of a text that finds little which something was found by.

    There are none where they are many.
    """
    return _few(text, languages, found, are_known=True)


def _few(
    text: str, languages: Sequence[str], found: Iterable[str], *, are_known: bool
) -> list[str]:
    known = frozenset(found)
    few = [
        word
        for word in _misspellable(text, languages)
        if are_known != known.isdisjoint(word_lexemes(word, languages))
    ]
    return few if len(few) <= _MOST_WORDS else []


def _misspellable(text: str, languages: Sequence[str]) -> Iterator[str]:
    for word in dict.fromkeys(words(text)):
        is_word = word.isalpha() and not is_run(word) and _SHORTEST <= len(word) <= _LONGEST
        if is_word and not is_stop_word(word, languages):
            yield word


async def correct(
    connection: Connection, unknown: Sequence[str], languages: Sequence[str], knows: Knows
) -> dict[str, str]:
    """Return for each word the one that documents have and that it was most likely meant to be.

    One letter is wrong, missing, too many, or in the place of its neighbour (Damerau 1964); in a
    long word it may be two, if not among the first three. Its accents it keeps, as nobody types one
    by mistake. Words without such are left out, and those that people use.

    All are, where one is a stop word to PostgreSQL, of whatever language, or has accents and is
    like no word: the others are no slips either, but words of that language.
    """
    slips = {word for word in unknown if not _is_right(word, languages, knows)}
    if not slips or await _has_stop_word(connection, unknown):
        return {}
    corrections = {}
    # those with accents first, as they may spare the others the asking
    for word in sorted(unknown, key=lambda word: not _accents(word)):
        found = None
        if word in slips:
            found = await _one_slip(connection, word) or await _two_slips(connection, word)
        if found is not None:
            corrections[word] = found
        elif _accents(word):
            return {}
    return corrections


async def suggest(connection: Connection, rare: Sequence[str]) -> dict[str, str]:
    """Return for each word the one that was perhaps meant, if far more documents have it.

    One letter is wrong, missing, too many, or in the place of its neighbour; words without such are
    left out.
    """
    suggestions = {}
    for word in rare:
        found = await _known_spellings(connection, word)
        least = _TIMES_AS_MANY * max(1, found.pop(word, 0))
        likelier = [other for other, documents in found.items() if documents >= least]
        if likelier:
            suggestions[word] = likelier[0]
    return suggestions


def corrected_text(text: str, corrections: Mapping[str, str]) -> str:
    """Return the text with the words replaced, and all else as it was typed."""
    pieces = []
    end = 0
    lower = text.lower() if len(text.lower()) == len(text) else text
    for word in words(text):
        start = lower.find(word, end)
        if start < 0 or word not in corrections:
            continue
        pieces += [text[end:start], corrections[word]]
        end = start + len(word)
    return "".join([*pieces, text[end:]])


def _is_right(word: str, languages: Sequence[str], knows: Knows) -> bool:
    """Whether a word is known, or is one that is known and an ending."""
    return knows(word) or any(
        len(stem) >= _SHORTEST and word.startswith(stem) and knows(stem)
        for stem in word_lexemes(word, languages)
    )


async def _has_stop_word(connection: Connection, unknown: Sequence[str]) -> bool:
    cursor = await connection.execute(_SQL["has_stop_word"], {"words": list(unknown)})
    return (await cursor.fetchone()) == (True,)


async def _one_slip(connection: Connection, word: str) -> str | None:
    known = await _known_spellings(connection, word)
    return next((one for one in known if _accents(word) <= _accents(one)), None)


async def _known_spellings(connection: Connection, word: str) -> dict[str, int]:
    """Words that are at most one slip away, those first that most documents have."""
    spellings = list(dict.fromkeys(_spellings(fold(word))))
    cursor = await connection.execute(_SQL["known_spellings"], {"spellings": spellings})
    return dict(await cursor.fetchall())


async def _two_slips(connection: Connection, word: str) -> str | None:
    folded = fold(word)
    if len(folded) < _SHORTEST_OF_TWO:
        return None
    given = {"prefix": folded[:_SAME_BEGINNING], "most": _MOST_READ}
    cursor = await connection.execute(_SQL["complete"], given)
    near = [
        (slips, -documents, known)
        for known, documents in await cursor.fetchall()
        if abs(len(known) - len(folded)) <= 2
        and (slips := _slips(folded, fold(known))) <= 2
        and _accents(word) <= _accents(known)
    ]
    return min(near)[2] if near else None


def _accents(word: str) -> Counter[str]:
    """The letters that have one, and others that are folded as those are."""
    return Counter(letter for letter in word if fold(letter) != letter)


def _spellings(word: str) -> Iterator[str]:
    """All that is one slip away, and the word itself: it may only lack its accents."""
    alphabet = next((one for one in _ALPHABETS if word[0] in one), "")
    yield word
    for place in range(len(word) + 1):
        before, after = word[:place], word[place:]
        if after:
            yield before + after[1:]
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
        for letter in alphabet:
            yield before + letter + after
            if after:
                yield before + letter + after[1:]


def _slips(a: str, b: str) -> int:
    """How many letters are wrong, missing, too many or swapped with their neighbour."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, start=1):
        earlier, before, row = before, row, [i]
        for j, other in enumerate(b, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if earlier and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
    return row[-1]
