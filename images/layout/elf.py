"""Shared libraries without what only debuggers read. ``strip`` does the same; no base image has it.

A loader reads the segments of the file and nothing else, so the rest can go. A segment may move by
multiples of its alignment only, for its place in the file and in memory must agree modulo that.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

_MAGIC = b"\x7fELF\x02\x01"  # 64 bits, little-endian
_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_TABLE, _SECTIONS, _SEGMENT_COUNT, _SECTION_COUNT, _SECTION_NAMES = 5, 6, 10, 12, 13
_SEGMENT = struct.Struct("<IIQQQQQQ")
_OFFSET, _SIZE, _ALIGNMENT = 2, 5, 7


@dataclass(frozen=True, slots=True)
class _Span:
    """A part of the file that stays, and how far it moves towards the start."""

    start: int
    end: int
    shift: int = 0


def without_debugging(library: bytes) -> bytes | None:
    """Return the library without symbols and notes for debuggers; None where there are none."""
    if not library.startswith(_MAGIC):
        return None
    header = list(_HEADER.unpack_from(library))
    table, count = header[_TABLE], header[_SEGMENT_COUNT]
    segments = [
        list(_SEGMENT.unpack_from(library, table + number * _SEGMENT.size))
        for number in range(count)
    ]
    places = [(one[_OFFSET], one[_SIZE]) for one in segments if one[_SIZE]]
    places += [(0, _HEADER.size), (table, count * _SEGMENT.size)]
    spans = _packed(_merged(places), max(one[_ALIGNMENT] for one in segments))

    lean = bytearray(spans[-1].end - spans[-1].shift)
    if len(lean) >= len(library):
        return None
    for span in spans:
        lean[span.start - span.shift : span.end - span.shift] = library[span.start : span.end]
    header[_TABLE] = _moved(table, spans)
    header[_SECTIONS] = header[_SECTION_COUNT] = header[_SECTION_NAMES] = 0
    _HEADER.pack_into(lean, 0, *header)
    for number, segment in enumerate(segments):
        segment[_OFFSET] = _moved(segment[_OFFSET], spans)
        _SEGMENT.pack_into(lean, header[_TABLE] + number * _SEGMENT.size, *segment)
    return bytes(lean)


def _merged(places: Sequence[tuple[int, int]]) -> list[_Span]:
    spans: list[_Span] = []
    for start, size in sorted(places):
        if spans and start <= spans[-1].end:
            spans[-1] = _Span(spans[-1].start, max(spans[-1].end, start + size))
        else:
            spans.append(_Span(start, start + size))
    return spans


def _packed(spans: Sequence[_Span], alignment: int) -> list[_Span]:
    packed: list[_Span] = []
    end = shift = 0
    for span in spans:
        gap = span.start - shift - end
        shift += gap - gap % alignment
        packed.append(_Span(span.start, span.end, shift))
        end = span.end - shift
    return packed


def _moved(offset: int, spans: Sequence[_Span]) -> int:
    before = [span.shift for span in spans if span.start <= offset]
    return offset - before[-1]
