"""The operators of a query: phrases, exclusions, alternatives, beginnings of words, and fields.

No text is wrong: what is no operator is plain text. docs/search.md tells people of it.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from libs.analysis import fold
from libs.search.fields import FieldTerm, must_be_known, read_field, told_as_text
from libs.search.terms import Term, TermKind, lower

_OR = "OR"

_START = r"(?P<lead>[(\[{]*)(?P<minus>-?)(?:(?P<name>[^\W\d][\w.-]*):)?"
_QUOTED = re.compile(_START + r'(?:"([^"]*)"|[“”]([^”“]*)[”“]|„([^“”]*)[“”]|«([^»]*)»)')
_BARE = re.compile(_START + r"(?P<value>\S+)")
_SPACE = re.compile(r"\s*")
_GLUED = re.compile(r"\S+")
"""What follows a closing quotation mark without a space, as in “Model C”-Schools."""
_TRAILING = ")]},;.?!:"
_PREFIX = re.compile(r"(\w[^\s*]*\w)\*")
_ASKED = re.compile(r"(?<!\S)[(\[{]*-?([^\W\d][\w.-]*):(?=[\w\"“”„«])")
_MAY_OPERATE = re.compile(r'["“”„«*:-]|OR')
"""No operator is without one of these."""
_HAS_WORD = re.compile(r"[^\W_]")
_QUESTION_MARKS = ("?", "؟", "？", "\u037e")
_GREEK = re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]")
"""Its question mark is written as a semicolon, which is what Unicode makes of \u037e, too."""


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """What to rank by, and what must hold.

    ``text`` is the query without its operators: what is embedded and whose words are weighed;
    ``marked`` is that of it which is to be marked wherever it stands, in any form. A passage holds
    at least one term of each group of ``required`` and none that is ``excluded``; its document at
    least one of each group of ``fields``. ``notes`` are sentences about what was read as text, but
    may have been meant otherwise.
    """

    text: str
    marked: str
    required: tuple[tuple[Term, ...], ...] = ()
    excluded: tuple[Term, ...] = ()
    fields: tuple[tuple[FieldTerm, ...], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_plain(self) -> bool:
        return not (self.required or self.excluded or self.fields)

    @property
    def has_conditions(self) -> bool:
        """Whether something must hold for a passage, and not only for its document."""
        return bool(self.required or self.excluded)

    @property
    def is_list(self) -> bool:
        """Whether there is nothing to rank by."""
        return not self.is_plain and not self.has_words

    @property
    def conditions(self) -> int:
        return sum(map(len, (*self.required, *self.fields, self.excluded)))

    @property
    def prefix_terms(self) -> int:
        """How many terms are wanted or left out by how they begin."""
        return sum(term.kind is TermKind.PREFIX for term in self._terms)

    @property
    def longest_term(self) -> int:
        """In characters."""
        values = (field.value for group in self.fields for field in group)
        return max((*(len(term.text) for term in self._terms), *map(len, values)), default=0)

    @property
    def has_words(self) -> bool:
        return _HAS_WORD.search(self.text) is not None

    @property
    def prefixes(self) -> list[str]:
        return [fold(lower(t.text)) for t in self.literals if t.kind is TermKind.PREFIX]

    def fields_to_json(self) -> list[list[dict[str, object]]]:
        """What a document must match, as the SQL function ``document_conditions`` takes it."""
        return [[field.to_json() for field in group] for group in self.fields]

    def to_json(self, languages: Sequence[str]) -> dict[str, object]:
        """What a passage must hold, as the SQL function ``read_conditions`` takes it."""
        return {
            "required": [[one.to_json(languages) for one in group] for group in self.required],
            "excluded": [one.to_json(languages) for one in self.excluded],
        }

    @property
    def _terms(self) -> tuple[Term, ...]:
        return (*self.excluded, *(term for group in self.required for term in group))

    @property
    def literals(self) -> tuple[Term, ...]:
        """What is to be marked exactly as typed."""
        return tuple(t for group in self.required for t in group if t.kind is not TermKind.WORD)


@dataclass(frozen=True, slots=True)
class _Piece:
    """``source`` is what it adds to the text; ``term`` is what an OR beside it would make of it.

    ``note`` says that it may have been meant for a field.
    """

    source: str
    term: Term | FieldTerm | None = None
    is_operator: bool = False
    is_excluded: bool = False
    note: str | None = None

    @property
    def is_alternative(self) -> bool:
        negated = isinstance(self.term, FieldTerm) and self.term.is_negated
        return self.term is not None and not self.is_excluded and not negated

    def may_stand_beside(self, other: "_Piece") -> bool:
        same = isinstance(self.term, Term) == isinstance(other.term, Term)
        return self.is_alternative and other.is_alternative and same


def names_to_ask_for(text: str) -> frozenset[str]:
    """Return the words before a colon that are fields if documents have them in their metadata."""
    return frozenset(filter(must_be_known, _ASKED.findall(text)))


def parse(text: str, keys: Collection[str] = ()) -> ParsedQuery:
    """Read a query. ``keys`` are those of ``names_to_ask_for`` that are fields.

    In what ends as a question, quotation marks only quote: of 184 questions of XQuAD with some,
    the passage that answers lacks the words in that very form in 51.
    """
    if not _MAY_OPERATE.search(text):
        return ParsedQuery(text, text)
    pieces = list(_pieces(text, keys))
    notes = tuple(dict.fromkeys(piece.note for piece in pieces if piece.note))
    groups = list(_grouped(pieces))
    operators = [group for group in groups if len(group) > 1 or group[0].is_operator]
    if not operators:
        return ParsedQuery(text, text, notes=notes)
    wanted = [group for group in operators if not group[0].is_excluded]
    return ParsedQuery(
        text=_joined(piece for group in groups for piece in group),
        marked=_joined(piece for group in groups for piece in group if _has_forms(piece)),
        required=tuple(t for group in wanted if (t := _terms(group))),
        excluded=tuple(t for group in operators if group[0].is_excluded for t in _terms(group)),
        fields=tuple(f for group in wanted if (f := _fields(group))),
        notes=notes,
    )


def _pieces(text: str, keys: Collection[str]) -> Iterator[_Piece]:
    is_question = _is_question(text.rstrip())
    place = end = 0
    while True:
        match = _SPACE.match(text, end)
        place = match.end() if match else end
        if 0 < end == place and (glued := _GLUED.match(text, place)):
            yield _Piece(glued[0])
            end = glued.end()
            continue
        quoted = _QUOTED.match(text, place)
        # a sentence's comma may stand inside the quotes
        phrase = quoted[quoted.lastindex or 0].strip().rstrip(",;.?!:") if quoted else ""
        only_quotes = is_question and quoted and not (quoted["minus"] or quoted["name"])
        if quoted and _HAS_WORD.search(phrase) and not only_quotes:
            yield from _quoted(quoted, phrase, keys)
            end = quoted.end()
            continue
        bare = _BARE.match(text, place)
        if bare is None:
            return
        yield _bare(bare, keys)
        end = bare.end()


def _is_question(text: str) -> bool:
    is_greek = _GREEK.search(text) is not None
    return text.endswith((*_QUESTION_MARKS, ";") if is_greek else _QUESTION_MARKS)


def _quoted(match: re.Match[str], phrase: str, keys: Collection[str]) -> Iterator[_Piece]:
    name, is_excluded = match["name"], bool(match["minus"])
    term = Term(TermKind.LITERAL, phrase)
    if name is None:
        source = "" if is_excluded else f"{match['lead']}{phrase}"
        yield _Piece(source, term, is_operator=True, is_excluded=is_excluded)
        return
    field = read_field(name, term, keys, is_negated=is_excluded)
    if field is not None:
        yield _Piece("", field, is_operator=True)
        return
    note = told_as_text(name, f'"{phrase}"')
    if is_excluded:
        yield _Piece(match[0], note=note)
    else:
        yield _Piece(f"{match['lead']}{name}:", note=note)
        yield _Piece(phrase, term, is_operator=True)


def _bare(match: re.Match[str], keys: Collection[str]) -> _Piece:
    source, is_excluded = match[0], bool(match["minus"])
    value = match["value"].rstrip(_TRAILING)
    note = None
    if match["name"] is not None and value[:1].isalnum():
        field = read_field(match["name"], _term(value), keys, is_negated=is_excluded)
        if field is not None:
            return _Piece("", field, is_operator=True)
        note = told_as_text(match["name"], value)
    core = source.lstrip("([{").rstrip(_TRAILING)
    if is_excluded:
        word = core[1:]
        if len(word) > 1 and word[0].isalpha():
            return _Piece("", _term(word), is_operator=True, is_excluded=True, note=note)
        return _Piece(source)
    if not _HAS_WORD.search(core):
        return _Piece(source)
    term = _term(core)
    if term.kind is TermKind.PREFIX:
        return _Piece(source.replace("*", "", 1), term, is_operator=True, note=note)
    return _Piece(source, term, note=note)


def _term(word: str) -> Term:
    prefix = _PREFIX.fullmatch(word)
    return Term.of_word(word) if prefix is None else Term(TermKind.PREFIX, prefix[1])


def _grouped(pieces: Sequence[_Piece]) -> Iterator[list[_Piece]]:
    """What OR joins is one group; an OR that joins nothing is a word as others are."""
    place = 0
    while place < len(pieces):
        group = [pieces[place]]
        while (
            place + 2 < len(pieces)
            and pieces[place + 1].source == _OR
            and pieces[place].may_stand_beside(pieces[place + 2])
        ):
            place += 2
            group.append(pieces[place])
        yield group
        place += 1


def _joined(pieces: Iterator[_Piece]) -> str:
    return " ".join(piece.source for piece in pieces if piece.source)


def _has_forms(piece: _Piece) -> bool:
    """A phrase and the beginning of a word are marked where they stand as typed."""
    return not (piece.is_operator and isinstance(piece.term, Term))


def _terms(group: Sequence[_Piece]) -> tuple[Term, ...]:
    return tuple(dict.fromkeys(p.term for p in group if isinstance(p.term, Term)))


def _fields(group: Sequence[_Piece]) -> tuple[FieldTerm, ...]:
    return tuple(dict.fromkeys(p.term for p in group if isinstance(p.term, FieldTerm)))
