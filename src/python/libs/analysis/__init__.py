"""Texts and queries become lexemes, by the same rules, whatever their language.

How a text's language is told is in ``libs.analysis.detection``, apart: it loads a model of 4 MB.
"""

from libs.analysis.characters import WORD, fold, fold_in_place, normalise
from libs.analysis.languages import LANGUAGES, NEUTRAL
from libs.analysis.lexemes import is_run, is_stop_word, query_lexemes, word_lexemes, words
from libs.analysis.passages import AnalysedPassage, analyse
from libs.analysis.queries import begin_query, literal_query, word_query

__all__ = [
    "LANGUAGES",
    "NEUTRAL",
    "WORD",
    "AnalysedPassage",
    "analyse",
    "begin_query",
    "fold",
    "fold_in_place",
    "is_run",
    "is_stop_word",
    "literal_query",
    "normalise",
    "query_lexemes",
    "word_lexemes",
    "word_query",
    "words",
]
