import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.search.query_language import ParsedQuery, names_to_ask_for, parse

_KEYS = frozenset({"year", "tags"})
_ANY = st.text(max_size=80) | st.text(alphabet='ab1 "“”„«»-:*OR().,', max_size=60)
_PLAIN_WORD = st.text(st.characters(exclude_characters='"“”„«»-:*', codec="utf-8"), max_size=9)


def _told(parsed: ParsedQuery) -> list[str]:
    """The conditions, as the query may spell them."""
    return [
        *(" OR ".join(map(str, group)) for group in parsed.required),
        *(f"not {term}" for term in parsed.excluded),
        *(" OR ".join(map(str, group)) for group in parsed.fields),
    ]


@pytest.mark.parametrize(
    ("query", "text", "conditions"),
    [
        ('"oil lamp" fog', "oil lamp fog", ['"oil lamp"']),
        ("“Öl Lampe” „drei“ «q»", "Öl Lampe drei q", ['"Öl Lampe"', '"drei"', '"q"']),
        ('who said "HL-2041"!', "who said HL-2041 !", ['"HL-2041"']),
        (
            'what is title:"oil lamp" -"for oil"?',
            "what is ?",
            ['not "for oil"', 'title:"oil lamp"'],
        ),
        ("„Model C“-Schulen", "Model C -Schulen", ['"Model C"']),
        ('the "oil lamp," lit', "the oil lamp lit", ['"oil lamp"']),
        ("fog -lamp", "fog", ["not lamp"]),
        ('fog -"oil lamp", -HL-2041', "fog ,", ['not "oil lamp"', 'not "HL-2041"']),
        ("lamp OR lantern", "lamp lantern", ["lamp OR lantern"]),
        (
            "(lamp OR lantern OR AB-12) oil",
            "(lamp lantern AB-12) oil",
            ['lamp OR lantern OR "AB-12"'],
        ),
        ('"oil lamp" OR lant*', "oil lamp lant", ['"oil lamp" OR lant*']),
        ("lamp* HL-20*", "lamp HL-20", ["lamp*", "HL-20*"]),
        ("fog -lamp*", "fog", ["not lamp*"]),
        ("title:lamp oil", "oil", ["title:lamp"]),
        ('title:"oil lamp" -title:draft', "", ['title:"oil lamp"', "-title:draft"]),
        ("collection:Hand* x", "x", ["collection:Hand*"]),
        ("type:pdf OR type:html x", "x", ["type:pdf OR type:html"]),
        ("media_type:image/png x", "x", ["media_type:image/png"]),
        ("author:smith?", "", ["author:smith"]),
        ("Year:1 year:1901 metadata.size:3", "Year:1", ["year:1901", "metadata.size:3"]),
        ("after:2024 before:2024-05 x", "x", ["after:2024", "before:2024-05"]),
        (
            "before:2024-05-01 -after:2024-05-01T10:30 x",
            "x",
            ["before:2024-05-01", "-after:2024-05-01T10:30"],
        ),
        ('note:"oil lamp"', "note: oil lamp", ['"oil lamp"']),
        ("lamp OR type:pdf", "lamp OR", ["type:pdf"]),
        ("x -the", "x", ["not the"]),
        ('lamp; "oil lamp";', "lamp; oil lamp ;", ['"oil lamp"']),
        ("«Τέσλα»", "Τέσλα", ['"Τέσλα"']),
    ],
)
def test_operators_are_read(query: str, text: str, conditions: list[str]) -> None:
    parsed = parse(query, _KEYS)
    assert (parsed.text, _told(parsed)) == (text, conditions)


@pytest.mark.parametrize(
    "query",
    [
        "note: what is due?",
        "at 12:30",
        "https://example.com/a?b=c:d",
        "std::vector<int> C++ a->b *p **bold** 2*3",
        "kind:unknown type:gif type: pdf title: lamp",
        "before:christmas after:2024-13 before:99999",
        '"',
        'a 24" and a 27" screen',
        '"unfinished',
        '"" “” " - "',
        'What is the "Polish theatre"?',
        "Что такое «пластид»? ",
        "Τι ονομάστηκε «Τέσλα»; ",
        "Τι ονομάστηκε «Τέσλα»\u037e",
        "-",
        "well - known – e-mail, COVID-19",
        "outside it is -5 °C",
        "git commit -m x --help -- -1",
        "OR",
        "OR lamp",
        "lamp OR",
        "lamp or lantern NOT oil AND fog",
        "this:that",
        "a*",
        "*",
        "C:\\temp \\d+ $x ^y",
        '-note:"oil lamp"',
    ],
)
def test_what_is_no_operator_is_plain_text(query: str) -> None:
    parsed = parse(query, _KEYS)
    assert parsed == ParsedQuery(query, query, notes=parsed.notes)


@given(_ANY)
def test_any_text_can_be_read(text: str) -> None:
    parsed = parse(text, names_to_ask_for(text))
    parsed.to_json(["en", "ja", "vi", ""])
    for term in parsed.literals:
        re.compile(term.marked_pattern)


@given(st.lists(_PLAIN_WORD.filter(lambda word: word.strip() != "OR")).map(" ".join))
def test_a_query_without_operators_is_its_own_text(text: str) -> None:
    assert parse(text, _KEYS) == ParsedQuery(text, text)


@given(_ANY)
def test_a_text_without_its_operators_has_none(text: str) -> None:
    assert all(char in text for char in parse(text, _KEYS).text.replace(" ", ""))


@given(st.from_regex(r"[^\W\d_][\w-]{1,10}\w( \w[\w./]{1,8}\w){0,3}", fullmatch=True))
def test_a_phrase_stands_in_a_text_that_has_it(phrase: str) -> None:
    [[term]] = parse(f'"{phrase}"').required
    assert re.search(term.pattern, f"({phrase}), as it is", re.IGNORECASE)


@pytest.mark.parametrize(
    ("phrase", "text", "stands"),
    [
        ("oil lamp", "An OIL\n lamp.", True),
        ("oil lamp", "oil, lamp | oil-lamp", True),
        ("oil lamp", "oil lamps", False),
        ("oil lamp", "oil and lamp", False),
        ("HL-2041", "(HL‑2041)", True),
        ("HL-2041", "HL-20415", False),
        ("don't", "I don’t", True),
        ("C++", "in C++17", True),
        ("a.b", "axb", False),
        ("a & b", "a & b", True),
        ("東京", "東京都庁", True),
    ],
)
def test_a_phrase_is_found_as_typed(phrase: str, text: str, stands: bool) -> None:
    [[term]] = parse(f'"{phrase}"').required
    assert bool(re.search(term.pattern, text, re.IGNORECASE)) is stands


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("lamp before:christmas", "before:christmas"),
        ("lamp -After:tomorrow", "After:tomorrow"),
        ('"oil lamp" after:"last year"', 'after:"last year"'),
        ('lamp -after:"last year"', 'after:"last year"'),
        ("type:powerpoint OR type:pdf", "type:powerpoint"),
        (f"after:{'y' * 61}", f"after:{'y' * 60}…"),
    ],
)
def test_a_field_whose_value_is_none_is_told(query: str, told: str) -> None:
    (note,) = parse(query).notes
    assert note.startswith(f"{told} was read as words, as {told.partition(':')[0]}: takes ")


@pytest.mark.parametrize(
    "query", ["before: christmas", "note:well before:2024", "type:pdf", "what was before?", "a:b"]
)
def test_what_was_read_as_it_was_meant_is_not_told(query: str) -> None:
    assert not parse(query).notes


def test_names_before_a_colon_are_asked_for() -> None:
    text = 'year:1 -tags:a (kind:"b" title:x note: y 12:30 http://x a::b before:x'
    assert names_to_ask_for(text) == {"year", "tags", "kind"}
