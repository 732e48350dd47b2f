"""Of many passages, one a document, and one of those that say nearly the same."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from libs.analysis.signatures import alike

_MOST_OTHERS = 3
_MOST_DUPLICATES = 10


class Candidate(NamedTuple):
    """A passage by its scores; ids are the bytes of UUIDs."""

    passage_id: bytes
    document_id: bytes
    signature: int | None
    lexical: float | None
    semantic: float | None
    score: float


@dataclass(slots=True)
class Group:
    """The best passage, further ones of its document, and its likes in other documents."""

    best: Candidate
    others: list[Candidate] = field(default_factory=list)
    duplicates: list[Candidate] = field(default_factory=list)

    @property
    def further(self) -> list[Candidate]:
        return [*self.others, *self.duplicates]


def group(candidates: Sequence[Candidate]) -> list[Group]:
    """Return the groups in the order of their best; ``candidates`` come best first."""
    groups: dict[bytes, Group] = {}
    for candidate, first in zip(candidates, _firsts(candidates), strict=True):
        mine = groups.get(candidate.document_id)
        if first is not None and first.document_id != candidate.document_id:
            likes = groups[first.document_id].duplicates
            is_told = any(one.document_id == candidate.document_id for one in likes)
            if not is_told and len(likes) < _MOST_DUPLICATES:
                likes.append(candidate)
        elif mine is None:
            groups[candidate.document_id] = Group(candidate)
        elif first is None and len(mine.others) < _MOST_OTHERS:
            mine.others.append(candidate)
    return list(groups.values())


def apart(candidates: Sequence[Candidate]) -> list[Group]:
    """Return every passage as a group of its own."""
    return [Group(candidate) for candidate in candidates]


def _firsts(candidates: Sequence[Candidate]) -> list[Candidate | None]:
    """For each passage, the better one that says nearly the same and that none before it does."""
    firsts: list[Candidate | None] = [None] * len(candidates)
    signed = [place for place, one in enumerate(candidates) if one.signature is not None]
    for later, earlier in alike([candidates[place].signature or 0 for place in signed]):
        place, before = signed[later], signed[earlier]
        if firsts[place] is None and firsts[before] is None:
            firsts[place] = candidates[before]
    return firsts
