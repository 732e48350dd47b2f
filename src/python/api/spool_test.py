import errno
import hashlib
import os
from pathlib import Path

import pytest

from api.problems import TooLarge
from api.spool import DiskFull, Spool
from libs.corpus import PART_BYTES


async def test_what_goes_in_comes_out_in_parts_and_leaves_nothing(tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    with Spool(tmp_path, len(content)) as spool:
        for start in range(0, len(content), 1_000):
            await spool.write(content[start : start + 1_000])
        await spool.finish()
        for _ in range(2):
            parts = [part async for part in spool.parts()]
            assert b"".join(parts) == content
            assert [len(part) for part in parts[:-1]] == [PART_BYTES] * (len(parts) - 1)
        assert spool.sha256 == hashlib.sha256(content).digest()
        assert os.listdir(tmp_path) == []


async def test_a_byte_too_much_is_refused(tmp_path: Path) -> None:
    with Spool(tmp_path, 3) as spool:
        await spool.write(b"abc")
        with pytest.raises(TooLarge):
            await spool.write(b"d")


async def test_a_full_disk_is_told_as_such() -> None:
    class Full(Spool):
        def _store(self, data: bytearray) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    with Full(Path("/tmp"), 10) as spool:
        await spool.write(b"abc")
        with pytest.raises(DiskFull):
            await spool.finish()
