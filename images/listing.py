"""``docker export CONTAINER | python3 images/listing.py``: one line a file, for a comparison."""

import hashlib
import sys
import tarfile
from collections.abc import Iterator
from typing import IO

# What the daemon puts into every container.
_DAEMON = {".dockerenv", "etc/hostname", "etc/hosts", "etc/mtab", "etc/resolv.conf"}
_MOUNTS = {"dev", "proc", "sys"}


def listing(archive: IO[bytes]) -> Iterator[str]:
    """Yield type, mode, owner, time, SHA-256 or target, and path of each file."""
    with tarfile.open(fileobj=archive, mode="r|") as members:
        for member in members:
            path = member.name.rstrip("/")
            if path in _DAEMON or path.partition("/")[0] in _MOUNTS:
                continue
            content = members.extractfile(member) if member.isfile() else None
            what = hashlib.sha256(content.read()).hexdigest() if content else member.linkname
            # the folders that building made in the base have the time of the build
            time = "-" if member.isdir() and "/" not in path else int(member.mtime)
            kind = member.type.decode()
            yield f"{kind} {member.mode:o} {member.uid}:{member.gid} {time} {what} {path}"


if __name__ == "__main__":
    print(*sorted(listing(sys.stdin.buffer), key=lambda line: line.split()[-1]), sep="\n")
