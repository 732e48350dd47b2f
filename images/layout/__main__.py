"""``python -m layout deps|srcs PEX FOLDER``: one half of a virtual environment, ready for an image.

Two runs on the same PEX write the same bytes, modes and times. What no service uses is left out,
and what Python would compile at each start, in memory as nobody may write there, is compiled.
"""

import os
import subprocess
import sys
from pathlib import Path

from layout.compiling import compile_all, stamp
from layout.trimming import trim


def main(scope: str, pex: str, folder: Path) -> None:
    environment = os.environ | {"PEX_TOOLS": "1", "PEX_ROOT": "/tmp/pex"}
    subprocess.run(
        [sys.executable, pex, "venv", f"--scope={scope}", str(folder)], env=environment, check=True
    )
    [packages] = folder.glob("lib/python*/site-packages")
    trim(packages)
    compile_all(folder)
    stamp(folder)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
