"""Which migrations this repository has."""

import hashlib

from dev.config import ROOT

_MIGRATIONS = ROOT / "src" / "python" / "libs" / "postgres"


def fingerprint() -> str:
    """Return what changes with every change of a migration, or of what runs them."""
    digest = hashlib.sha256()
    for path in sorted([*_MIGRATIONS.rglob("*.py"), *_MIGRATIONS.rglob("*.sql")]):
        digest.update(f"{path.relative_to(_MIGRATIONS)} {path.stat().st_size}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
