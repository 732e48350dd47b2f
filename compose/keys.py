"""``python keys.py FOLDER``: passwords and the first API key, made once, for apps.yaml.

Each of the folders in FOLDER is a volume of its own, so that a container sees what it needs and
nothing else. What is there stays.
"""

import os
import secrets
import sys
from pathlib import Path

from libs.accounts.tokens import new_key


def main(folder: Path) -> None:
    owner = _kept(folder / "owner/password", secrets.token_hex(24))
    _kept(folder / "owner/url", f"postgresql://ibid:{owner}@postgres:5432/ibid")
    app = secrets.token_hex(24)
    _kept(folder / "app/url", f"postgresql://ibid_api:{app}@postgres:5432/ibid")
    _kept(folder / "key/api-key", new_key().token)


def _kept(path: Path, text: str) -> str:
    """Write the text whole or not at all, unless something is there; return what is."""
    if not path.exists():
        new = path.with_name(f".{path.name}.new")
        new.write_text(text, "utf-8")
        # PostgreSQL and the services are users of their own; the volume is the wall
        new.chmod(0o444)
        os.replace(new, path)
    return path.read_text("utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
