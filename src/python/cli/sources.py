"""Which files of the disk become documents, and what Ibid calls them."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.failures import ExitCode, Failure


@dataclass(frozen=True, slots=True)
class Source:
    """``external_id`` stays the same from run to run, so that a change makes a new version.

    ``is_named`` tells a file that the caller named from one that was found in a folder.
    """

    path: Path
    external_id: str
    is_named: bool


def find(paths: Sequence[Path]) -> list[Source]:
    """Return what the paths hold: files as they are, folders with all that is below them.

    Hidden files and folders are left out unless they are named. A document is called by its path
    below the folder, or by its file's name.

    Raises:
        Failure: a path is neither file nor folder, or two documents would have the same name.
    """
    found: dict[str, Source] = {}
    for path in paths:
        for source in _sources(path):
            other = found.setdefault(source.external_id, source)
            if other is not source and not other.path.samefile(source.path):
                raise Failure(
                    f"{other.path} and {source.path} would both be the document "
                    f"“{source.external_id}”; upload them one after the other into two collections",
                    ExitCode.USAGE,
                )
    return list(found.values())


def _sources(path: Path) -> Iterator[Source]:
    if path.is_dir():
        for file in _files(path):
            yield Source(file, well_formed(file.relative_to(path).as_posix()), is_named=False)
    elif path.is_file():
        yield Source(path, well_formed(path.name), is_named=True)
    else:
        what = "is neither a file nor a folder" if path.exists() else "does not exist"
        raise Failure(f"{path} {what}", ExitCode.USAGE)


def _files(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(root, name)
            if not name.startswith(".") and file.is_file():
                yield file


def _refuse(error: OSError) -> None:
    raise Failure(f"{error.filename} cannot be read: {error.strerror}") from error


def well_formed(name: str) -> str:
    """File systems allow names that are no Unicode; the wire does not."""
    return name.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
