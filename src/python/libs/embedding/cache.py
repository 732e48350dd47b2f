"""Converted weights, made once per machine and shared by every process on it."""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from libs.embedding.registry import Model

CONVERTER_VERSION = 1
"""Raise it whenever a converter writes something else for the same weights."""

MANIFEST = "manifest.json"


class WrongWeights(Exception):
    """The installed package holds other weights than the registry names."""


def prepare(model: Model, cache_dir: Path) -> Path:
    """Return the folder of the model's converted weights, converting them if it must.

    Safe to call from several processes at once: one converts, the others wait for it. A folder
    that is incomplete or damaged is made again. The first call takes about two seconds.

    Raises:
        WrongWeights: the installed file is not the one that the registry names.
    """
    cache_dir.mkdir(parents=True, exist_ok=True)
    key = f"{model.name}-{model.fingerprint[:16]}-v{CONVERTER_VERSION}"
    folder = cache_dir / key
    if _is_sound(folder):
        return folder
    with _locked(cache_dir / f"{key}.lock"):
        if not _is_sound(folder):
            _build(model, folder)
    return folder


def _build(model: Model, folder: Path) -> None:
    source = model.source()
    if _sha256(source / model.weights) != model.fingerprint:
        raise WrongWeights(f"{source / model.weights} is not the file of {model.name}.")
    for abandoned in folder.parent.glob(f"{folder.name}.*.new"):
        shutil.rmtree(abandoned, ignore_errors=True)
    workplace = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", suffix=".new", dir=folder.parent))
    try:
        model.convert(source, workplace)
        digests = {path.name: _sha256(path) for path in sorted(workplace.iterdir())}
        (workplace / MANIFEST).write_text(json.dumps(digests), "utf-8")
        workplace.chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)
        workplace.rename(folder)
    finally:
        shutil.rmtree(workplace, ignore_errors=True)


def _is_sound(folder: Path) -> bool:
    try:
        digests = json.loads((folder / MANIFEST).read_text("utf-8"))
        return all(_sha256(folder / name) == digest for name, digest in digests.items())
    except (OSError, ValueError, AttributeError):
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
