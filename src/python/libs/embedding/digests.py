"""SHA-256 digests of the parts of a converted model."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

MANIFEST = "manifest.json"


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seal(folder: Path) -> None:
    """Write the digests of all that is in the folder beside it."""
    digests = {path.name: sha256(path) for path in sorted(folder.iterdir())}
    (folder / MANIFEST).write_text(json.dumps(digests), "utf-8")


def read_digests(folder: Path) -> dict[str, str]:
    """Return what ``seal`` wrote.

    Raises:
        OSError: there is no manifest, or it cannot be read.
        ValueError: it is none.
    """
    digests = json.loads((folder / MANIFEST).read_text("utf-8"))
    if not isinstance(digests, dict):
        raise ValueError(f"{folder / MANIFEST} holds no digests")
    return digests


def differing(folder: Path, digests: Mapping[str, str]) -> list[str]:
    """Return the names of the parts that are missing or are not what was sealed."""
    return [name for name, digest in digests.items() if _digest(folder / name) != digest]


def _digest(path: Path) -> str | None:
    try:
        return sha256(path)
    except OSError:
        return None
