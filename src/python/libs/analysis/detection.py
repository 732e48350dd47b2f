"""In which language a text is written."""

from functools import cached_property
from threading import Lock

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from libs.analysis.languages import LANGUAGES, NEUTRAL

_READ_CHARACTERS = 4_000
"""Of the beginning and of the middle: what stands first may be a contents page or a licence."""

_SURE = 0.8
_FEWEST_LETTERS = 12

_NORWEGIAN = ("nb", "nn", "no")


class LanguageDetector:
    """Tells the languages of texts. Safe to share between threads.

    The first text takes half a second more, and 80 MB from then on.
    """

    def __init__(self) -> None:
        self._loading = Lock()

    def detect(self, text: str) -> str:
        """Return ISO 639-1, or NEUTRAL where the text is too short or too odd to tell.

        Short texts in plain ASCII are taken for English: a word of it that is stemmed in vain is
        found all the same, as queries are stemmed alike.
        """
        sample = _sample(text)
        if sum(map(str.isalpha, sample)) >= _FEWEST_LETTERS:
            with self._loading:
                identifier = self._identifier
            language, probability = identifier.classify(sample)
            if probability >= _SURE:
                return "no" if language in _NORWEGIAN else str(language)
        return "en" if sample.isascii() else NEUTRAL

    @cached_property
    def _identifier(self) -> LanguageIdentifier:
        identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        known = {*LANGUAGES, *_NORWEGIAN} & set(identifier.labels)
        identifier.set_languages(sorted(known))
        return identifier


def _sample(text: str) -> str:
    if len(text) <= 2 * _READ_CHARACTERS:
        return text
    middle = len(text) // 2
    return text[:_READ_CHARACTERS] + text[middle : middle + _READ_CHARACTERS]
