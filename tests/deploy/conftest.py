from pathlib import Path

import pytest

from deploy.machine import Machine, make


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return make(tmp_path)
