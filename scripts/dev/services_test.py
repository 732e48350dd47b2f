from pathlib import Path

import pytest

from dev.services import touched_by

_FILES = {
    "api/app.py": "from libs.corpus import Document\nimport libs.errors",
    "web/app.py": "    from ibid_client import Client",
    "orchestrator/app.py": "from libs.corpus import Document",
    "libs/corpus/__init__.py": "from libs.postgres import pool",
    "libs/corpus/corpus_test.py": "from libs.testing import fakes",
    "libs/postgres/pool.py": "",
    "libs/postgres/queries.sql": "",
    "libs/errors/__init__.py": "",
    "libs/testing/fakes.py": "",
    "libs/client/ibid_client/__init__.py": "import ibid_contract",
    "libs/contract/ibid_contract/__init__.py": "",
}


@pytest.mark.parametrize(
    ("changed", "touched"),
    [
        ("api/app.py", {"api"}),
        ("libs/errors/__init__.py", {"api"}),
        ("libs/postgres/pool.py", {"api", "orchestrator"}),
        ("libs/postgres/queries.sql", {"api", "orchestrator"}),
        ("libs/contract/ibid_contract/__init__.py", {"web"}),
        ("libs/corpus/corpus_test.py", set()),
        ("libs/testing/fakes.py", set()),
        ("libs/corpus/__init__.py~", set()),
        ("libs/corpus/__pycache__/pool.cpython-312.pyc", set()),
    ],
)
def test_a_change_touches_the_services_that_import_it(
    tmp_path: Path, changed: str, touched: set[str]
) -> None:
    for name, text in _FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert touched_by({tmp_path / changed}, tmp_path) == touched
