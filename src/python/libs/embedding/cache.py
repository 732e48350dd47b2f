"""Converted weights, made once per machine and shared by every process on it."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from libs.embedding.digests import differing, read_digests, seal, sha256
from libs.embedding.model import ConvertedWeights, Endpoint, Model, PackagedWeights

CONVERTER_VERSION = 1
"""Raise it whenever a converter writes something else for the same weights."""


class WrongWeights(Exception):
    """The installed package, or a folder, holds other weights than it should."""


def prepare(model: Model, cache_dir: Path) -> Path:
    """Return the folder of the model's converted weights, converting them if it must.

    Safe to call from several processes at once: one converts, the others wait for it. A folder
    that is incomplete or damaged is made again. The first call takes about two seconds.

    Raises:
        WrongWeights: the weights are not those that the registry names.
    """
    match model.source:
        case ConvertedWeights(folder):
            return _checked(model, folder)
        case PackagedWeights() as weights:
            return _converted(model, weights, cache_dir)
        case Endpoint():
            raise WrongWeights(f"{model.name} has its weights elsewhere.")


def _checked(model: Model, folder: Path) -> Path:
    changed = differing(folder, read_digests(folder))
    if changed:
        raise WrongWeights(
            f"{folder / changed[0]} is not what {model.name} was sealed with: new weights need a"
            " new name."
        )
    return folder


def _converted(model: Model, weights: PackagedWeights, cache_dir: Path) -> Path:
    cache_dir.mkdir(parents=True, exist_ok=True)
    key = f"{model.name}-{model.fingerprint[:16]}-v{CONVERTER_VERSION}"
    folder = cache_dir / key
    if _is_sound(folder):
        return folder
    with _locked(cache_dir / f"{key}.lock"):
        if not _is_sound(folder):
            _build(model, weights, folder)
    return folder


def _build(model: Model, weights: PackagedWeights, folder: Path) -> None:
    source = weights.folder()
    if sha256(source / weights.file) != model.fingerprint:
        raise WrongWeights(f"{source / weights.file} is not the file of {model.name}.")
    for abandoned in folder.parent.glob(f"{folder.name}.*.new"):
        shutil.rmtree(abandoned, ignore_errors=True)
    workplace = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", suffix=".new", dir=folder.parent))
    try:
        weights.convert(source, workplace)
        seal(workplace)
        workplace.chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)
        workplace.rename(folder)
    finally:
        shutil.rmtree(workplace, ignore_errors=True)


def _is_sound(folder: Path) -> bool:
    try:
        return not differing(folder, read_digests(folder))
    except (OSError, ValueError):
        return False


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
