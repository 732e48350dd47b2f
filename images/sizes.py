"""``docker save IMAGE... | python3 images/sizes.py [NAME=MB...]``: how large images are.

Prints the uncompressed size of each, base included, of all of them together where layers are
shared, and exits with 1 if one named is above its bound; ``all`` stands for all together.
"""

import json
import sys
import tarfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import PurePosixPath
from typing import IO, Any

_MB = 1_000_000


def measure(archive: IO[bytes]) -> dict[str, int]:
    """Return the bytes of each image by its name without registry and tag, and of ``all``."""
    sizes: dict[str, int] = {}
    manifest: list[dict[str, Any]] = []
    with tarfile.open(fileobj=archive, mode="r|") as members:
        for member in members:
            content = members.extractfile(member) if member.isfile() else None
            if content is None:
                continue
            if member.name == "manifest.json":
                manifest = json.load(content)
                continue
            with suppress(tarfile.ReadError):  # all that is no layer
                sizes[member.name] = _content(content)
    images = {
        PurePosixPath(image["RepoTags"][0]).name.partition(":")[0]: image["Layers"]
        for image in manifest
    }
    found = {name: sum(sizes[layer] for layer in layers) for name, layers in images.items()}
    shared = {layer for layers in images.values() for layer in layers}
    return found | {"all": sum(sizes[layer] for layer in shared)}


def _content(layer: IO[bytes]) -> int:
    """The bytes of a layer's files, as Docker counts them, whether or not it is packed."""
    with tarfile.open(fileobj=layer, mode="r|*") as members:
        return sum(member.size for member in members)


def too_large(found: Mapping[str, int], bounds: Mapping[str, int]) -> list[str]:
    """Return a line for each that is above its bound, or missing."""
    return [
        f"{name}: {'missing' if name not in found else f'above {bound} MB'}"
        for name, bound in bounds.items()
        if found.get(name, sys.maxsize) > bound * _MB
    ]


def main(arguments: Sequence[str]) -> int:
    bounds = {name: int(size) for name, _, size in (one.partition("=") for one in arguments)}
    found = measure(sys.stdin.buffer)
    for name, size in found.items():
        bound = f" of at most {bounds[name]} MB" if name in bounds else ""
        print(f"{name:<20} {size / _MB:7.1f} MB{bound}")
    problems = too_large(found, bounds)
    print(*problems, sep="\n", end="\n" if problems else "", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
