import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from libs.embedding.cache import WrongWeights, prepare
from libs.embedding.digests import MANIFEST
from libs.embedding.model import TOKENIZER_FILE, Model, PackagedWeights
from libs.embedding.registry import DEFAULT_MODEL


class Conversions:
    """Counts conversions and writes what a converter writes, a few bytes of it."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    def __call__(self, source: Path, target: Path) -> None:
        with self._lock:
            self.count += 1
        (target / "model.bin").write_bytes(b"weights")
        time.sleep(0.05)
        (target / TOKENIZER_FILE).write_text("{}")


@pytest.fixture
def conversions() -> Conversions:
    return Conversions()


@pytest.fixture
def model(conversions: Conversions) -> Model:
    return converted_by(conversions)


def converted_by(convert: Callable[[Path, Path], None]) -> Model:
    source = DEFAULT_MODEL.source
    assert isinstance(source, PackagedWeights)
    return replace(DEFAULT_MODEL, source=replace(source, convert=convert))


def test_the_second_call_finds_what_the_first_made(
    model: Model, conversions: Conversions, tmp_path: Path
) -> None:
    assert prepare(model, tmp_path / "new") == prepare(model, tmp_path / "new")
    assert conversions.count == 1


def test_callers_at_the_same_time_convert_once(
    model: Model, conversions: Conversions, tmp_path: Path
) -> None:
    with ThreadPoolExecutor(4) as pool:
        folders = set(pool.map(lambda _: prepare(model, tmp_path), range(4)))
    assert (len(folders), conversions.count) == (1, 1)


@pytest.mark.parametrize("name", ["model.bin", TOKENIZER_FILE, MANIFEST])
def test_a_missing_part_is_made_again(
    model: Model, conversions: Conversions, tmp_path: Path, name: str
) -> None:
    (prepare(model, tmp_path) / name).unlink()
    assert (prepare(model, tmp_path) / name).is_file()
    assert conversions.count == 2


@pytest.mark.parametrize("content", [b"", b"weighty", b"[1]", b"\xff", b"null"])
@pytest.mark.parametrize("name", ["model.bin", MANIFEST])
def test_a_damaged_part_is_made_again(
    model: Model, conversions: Conversions, tmp_path: Path, name: str, content: bytes
) -> None:
    (prepare(model, tmp_path) / name).write_bytes(content)
    folder = prepare(model, tmp_path)
    assert (folder / "model.bin").read_bytes() == b"weights"
    assert conversions.count == 2


def test_a_conversion_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    def fail(source: Path, target: Path) -> None:
        (target / "model.bin").write_bytes(b"half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        prepare(converted_by(fail), tmp_path)
    assert [path.suffix for path in tmp_path.iterdir()] == [".lock"]


def test_what_a_killed_conversion_left_is_cleared_away(model: Model, tmp_path: Path) -> None:
    (tmp_path / f"{prepare(model, tmp_path).name}.abc.new").mkdir()
    (prepare(model, tmp_path) / MANIFEST).unlink()
    prepare(model, tmp_path)
    assert not list(tmp_path.glob("*.new"))


def test_other_weights_than_the_registry_names_are_refused(model: Model, tmp_path: Path) -> None:
    with pytest.raises(WrongWeights, match=model.name):
        prepare(replace(model, fingerprint="0" * 64), tmp_path)
