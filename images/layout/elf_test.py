import struct
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from layout.elf import without_debugging

_HEADER = 64
_SEGMENT = 56
_PAGE = 0x1000


def library(*segments: tuple[int, int], size: int) -> bytes:
    """A file of numbered words with segments of (offset, size), aligned to pages."""
    words = bytearray(b"".join(struct.pack("<I", number) for number in range(size // 4)))
    struct.pack_into(
        "<16sHHIQQQIHHHHHH",
        *(words, 0, b"\x7fELF\x02\x01\x01", 3, 62, 1, 0, _HEADER, size - 64, 0),
        *(64, _SEGMENT, len(segments), 64, 1, 0),
    )
    for number, (offset, length) in enumerate(segments):
        place = _HEADER + number * _SEGMENT
        fields = (1, 5, offset, offset, offset, length, length, _PAGE)
        struct.pack_into("<IIQQQQQQ", words, place, *fields)
    return bytes(words)


def loaded(file: bytes) -> list[bytes]:
    """What a loader maps: the bytes of each segment but for the header and its table."""
    [count] = struct.unpack_from("<H", file, 56)
    segments = []
    for number in range(count):
        place = _HEADER + number * _SEGMENT
        _, _, offset, address, _, length, _, _ = struct.unpack_from("<IIQQQQQQ", file, place)
        assert offset % _PAGE == address % _PAGE
        segments.append(file[max(offset, _HEADER + count * _SEGMENT) : offset + length])
    return segments


def test_what_is_no_segment_goes_and_segments_stay_as_they_were() -> None:
    file = library((0, 0x800), (0x9100, 0x40), (0xC000, 0x10), size=0x10000)
    lean = without_debugging(file)
    assert lean is not None
    assert loaded(lean) == loaded(file)
    assert len(lean) == 0x2010
    assert struct.unpack_from("<Q", lean, 40) == (0,)


def test_nothing_more_is_to_be_had_the_second_time() -> None:
    lean = without_debugging(library((0, 0x800), size=0x1000))
    assert lean is not None
    assert without_debugging(lean) is None


@pytest.mark.parametrize("file", [b"", b"#!/bin/sh\n", b"\x7fELF\x01\x01" + bytes(100)])
def test_what_is_no_library_is_left_alone(file: bytes) -> None:
    assert without_debugging(file) is None


@pytest.mark.parametrize("module", ["msgspec._core", "uuid_utils._uuid_utils"])
def test_a_real_library_still_loads(tmp_path: Path, module: str) -> None:
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    original = Path(spec.origin)
    copy = tmp_path / original.name
    content = original.read_bytes()
    copy.write_bytes(without_debugging(content) or content)
    program = f"""
import importlib.util, sys
spec = importlib.util.spec_from_file_location({module!r}, {str(copy)!r})
print(importlib.util.module_from_spec(spec).__name__)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == module, done.stderr
