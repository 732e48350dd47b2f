"""Make an image's code one that needs a new revision of the schema: an expansion, for a proof.

Runs as root while an image is built from ours: ``plant_migration.py PACKAGE``, the folder of
libs.postgres.
"""

import re
import sys
from pathlib import Path


def main(package: Path) -> None:
    versions = package / "migrations" / "versions"
    head = max(path.name.partition("_")[0] for path in versions.glob("[0-9]*.py"))
    planted = f"{int(head) + 1:04d}"
    (versions / f"{planted}_proof.sql").write_text(
        "alter table collections add column proof text;\n"
    )
    (versions / f"{planted}_proof.py").write_text(
        '"""An expansion, for a proof."""\n\n'
        "from libs.postgres.migrations import run_sql\n\n"
        f'revision = "{planted}"\ndown_revision = "{head}"\n\n\n'
        "def upgrade() -> None:\n    run_sql(__file__)\n"
    )
    schema = package / "schema.py"
    text, found = re.subn(
        r'^REQUIRED_REVISION = "\d+"$',
        f'REQUIRED_REVISION = "{planted}"',
        schema.read_text(),
        flags=re.M,
    )
    assert found == 1, f"{schema} requires no revision"
    schema.write_text(text)
    # the bytecode is not compared with its source
    for compiled in (package / "__pycache__").glob("schema.*.pyc"):
        compiled.unlink()
    print(f"planted {planted} after {head}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
