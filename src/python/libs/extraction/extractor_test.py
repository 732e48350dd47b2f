import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from libs.errors import Unavailable
from libs.extraction.errors import Broken, Encrypted, OutOfMemory, TimedOut, TooLarge
from libs.extraction.extractor import Extractor
from libs.extraction.model import Limits, MediaType
from libs.testing.documents import make_docx, make_docx_by_hand, make_pdf

SLOW = b"<p>" + b"<b>word</b> " * 3_000_000


@pytest.fixture
async def extractor() -> AsyncIterator[Extractor]:
    async with Extractor() as extractor:
        yield extractor


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "document"
    path.write_bytes(content)
    return path


def readers() -> list[int]:
    """Return the processes that this one started, and those that they did."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent = entry.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                parents[int(entry.parent.name)] = int(parent)
    found = [os.getpid()]
    for process in found:
        found.extend(child for child, parent in parents.items() if parent == process)
    return found[1:]


def environment_of(process: int) -> set[bytes]:
    environment = Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
    return {entry.partition(b"=")[0] for entry in environment if entry}


async def until(count: int) -> None:
    """Wait until so many reader processes are there."""
    for _ in range(500):
        if len(readers()) == count:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(readers())


@pytest.mark.parametrize(
    ("content", "media_type", "text"),
    [
        (b"plain\r\ntext\x00", MediaType.TEXT, "plain\ntext"),
        (b"# Head\n", MediaType.MARKDOWN, "# Head\n"),
        (b"<h1>Head</h1>", MediaType.HTML, "# Head"),
        (make_pdf(["One page."]), MediaType.PDF, "One page."),
        (make_docx([("Heading 1", "Head")]), MediaType.DOCX, "# Head"),
    ],
)
async def test_every_format_is_read(
    extractor: Extractor, tmp_path: Path, content: bytes, media_type: MediaType, text: str
) -> None:
    extracted = await extractor.extract(written(tmp_path, content), media_type)
    assert extracted.text == text
    assert (extracted.pages[0].start, extracted.pages[-1].end) == (0, len(text))


async def test_reasons_come_back_with_their_type_and_words(
    extractor: Extractor, tmp_path: Path
) -> None:
    path = written(tmp_path, make_pdf(["secret"], password="key"))
    with pytest.raises(Encrypted, match="remove the password"):
        await extractor.extract(path, MediaType.PDF)


async def test_a_page_is_drawn(extractor: Extractor, tmp_path: Path) -> None:
    path = written(tmp_path, make_pdf(["One page."]))
    assert (await extractor.draw_page(path, 1, width=300)).startswith(b"\x89PNG")
    with pytest.raises(Broken, match="no page 2"):
        await extractor.draw_page(path, 2)


async def test_many_documents_at_once_keep_apart(extractor: Extractor, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.txt" for number in range(40)]
    for path in paths:
        path.write_text(path.name)
    extracted = await asyncio.gather(*(extractor.extract(p, MediaType.TEXT) for p in paths))
    assert [result.text for result in extracted] == [path.name for path in paths]


async def test_a_slow_document_is_stopped_in_time(tmp_path: Path) -> None:
    async with Extractor(Limits(seconds=3)) as extractor:
        started = time.monotonic()
        with pytest.raises(TimedOut):
            await extractor.extract(written(tmp_path, SLOW), MediaType.HTML)
        assert time.monotonic() - started < 15
        assert (await extractor.extract(written(tmp_path, b"<p>x"), MediaType.HTML)).text == "x"


async def test_a_document_that_takes_all_memory_is_stopped(tmp_path: Path) -> None:
    async with Extractor(Limits(memory_bytes=150 * 1024**2)) as extractor:
        content = b"word " * 12_000_000
        with pytest.raises(OutOfMemory):
            await extractor.extract(written(tmp_path, content), MediaType.TEXT)


async def test_a_zip_bomb_is_refused_at_once(extractor: Extractor, tmp_path: Path) -> None:
    bomb = make_docx_by_hand(" " * 220_000_000)
    assert len(bomb) < 1_000_000
    with pytest.raises(TooLarge):
        await extractor.extract(written(tmp_path, bomb), MediaType.DOCX)


async def test_twenty_megabytes_take_less_than_a_minute(tmp_path: Path) -> None:
    content = "Die Kündigungsfrist beträgt drei Monate. ".encode() * 476_000
    async with Extractor(Limits(max_characters=25_000_000)) as extractor:
        started = time.monotonic()
        extracted = await extractor.extract(written(tmp_path, content), MediaType.TEXT)
        assert time.monotonic() - started < 60
    assert len(extracted.text) == len(content.decode())


async def test_cancelling_ends_the_reading(extractor: Extractor, tmp_path: Path) -> None:
    reading = asyncio.create_task(extractor.extract(written(tmp_path, SLOW), MediaType.HTML))
    await until(2)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await until(1)


async def test_stopping_leaves_no_process_behind(tmp_path: Path) -> None:
    extractor = Extractor()
    reading = asyncio.create_task(extractor.extract(written(tmp_path, SLOW), MediaType.HTML))
    await until(2)
    await extractor.stop()
    with pytest.raises(Unavailable):
        await reading
    await until(0)


async def test_a_killed_reader_is_started_again(extractor: Extractor, tmp_path: Path) -> None:
    path = written(tmp_path, b"text")
    await extractor.extract(path, MediaType.TEXT)
    [reader] = readers()
    os.kill(reader, signal.SIGKILL)
    with pytest.raises(Unavailable):
        await extractor.extract(path, MediaType.TEXT)
    assert (await extractor.extract(path, MediaType.TEXT)).text == "text"


async def test_the_reader_knows_nothing_of_this_process_s_environment(
    extractor: Extractor, tmp_path: Path
) -> None:
    await extractor.extract(written(tmp_path, b"text"), MediaType.TEXT)
    [reader] = readers()
    assert environment_of(reader) <= {b"PYTHONPATH", b"LC_ALL"}
