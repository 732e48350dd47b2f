"""What a passage is embedded with, so that it means what it means in its document."""

import re
from collections.abc import Sequence

from libs.embedding.embedder import TextEmbedder, Vector
from libs.embedding.whole import embed_whole

_TELLING = re.compile(r"[^\W\d_]{4}")
"""A title that says something has a word in it; a number or a code does not."""


type Passage = tuple[str, str | None, str | None]
"""Its text, its document's title, and the headings above it."""


def embed_passages(embedder: TextEmbedder, passages: Sequence[Passage]) -> Vector:
    """Return unit vectors [n, dimension] float32 of passages in context, however long they are."""
    return embed_whole(embedder, in_context(embedder, passages))


def in_context(embedder: TextEmbedder, passages: Sequence[Passage]) -> list[str]:
    """Return each passage after its document's title and the headings above it.

    What the passage says itself, or what the model has no room for, is left out, the headings
    first. With titles, the embeddings alone reach an nDCG@10 of 0.680 in place of 0.670 on
    SciFact's training queries.
    """
    chosen = [text for text, _, _ in passages]
    for with_heading in (False, True):
        wholes = [_whole(*passage, with_heading=with_heading) for passage in passages]
        longer = [at for at, whole in enumerate(wholes) if len(whole) > len(chosen[at])]
        for at, fits in zip(longer, _fit(embedder, [wholes[at] for at in longer]), strict=True):
            if fits:
                chosen[at] = wholes[at]
    return chosen


def _whole(text: str, title: str | None, heading: str | None, *, with_heading: bool) -> str:
    above = (title, heading if with_heading else None)
    return ". ".join([*(part for part in above if part and _adds(part, text)), text])


def _fit(embedder: TextEmbedder, texts: Sequence[str]) -> list[bool]:
    model = embedder.model
    encoded = embedder.tokenizer.encode_batch_fast([model.passage_prefix + text for text in texts])
    return [len(one) <= model.max_tokens for one in encoded]


def _adds(part: str, text: str) -> bool:
    return _TELLING.search(part) is not None and part.casefold() not in text.casefold()
