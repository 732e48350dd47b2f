"""Spans out of a text that PostgreSQL marked."""

START, STOP = "\x02", "\x03"
"""The marks; canonical text holds no control characters, so they cannot stand in it."""


def spans(marked: str) -> tuple[tuple[int, int], ...]:
    """Return the marked spans as offsets of the text without its marks, in order."""
    found: list[tuple[int, int]] = []
    position = 0
    for piece in marked.split(START)[1:] if marked else []:
        word, _, _ = piece.partition(STOP)
        found.append((position, position + len(word)))
        position += len(piece) - 1
    offset = marked.find(START)
    return tuple((start + offset, end + offset) for start, end in found)
