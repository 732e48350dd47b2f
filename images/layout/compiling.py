"""Bytecode and times that are the same in every build."""

import compileall
import os
from pathlib import Path
from py_compile import PycInvalidationMode


def compile_all(folder: Path) -> None:
    """Compile what is below ``folder``; the result depends on the sources alone.

    Python reads it without a look at the source, which nobody changes in an image.
    """
    # One process: several would share out the files by chance, and what a process has compiled
    # before shows in its later files.
    compileall.compile_dir(
        folder, maxlevels=99, quiet=2, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH
    )


def stamp(folder: Path) -> None:
    """Give everything below ``folder``, and itself, the time 0."""
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (0, 0), follow_symlinks=False)
