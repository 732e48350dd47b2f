import os
import subprocess
import sys

import pytest

from libs.embedding import instructions
from libs.embedding.instructions import CHOICE, have_wide, prefer_wide

WIDE = "flags\t\t: sse2 avx2 avx512f avx512dq avx512cd avx512bw avx512vl avx512_vnni avx_vnni\n"
FIRST = "flags\t\t: sse2 avx2 avx512f avx512dq avx512cd avx512bw avx512vl\n"

LOADS_A_MODEL = """
import sys
from pathlib import Path
from libs.embedding import DEFAULT_MODEL, Embedder
Embedder.load(DEFAULT_MODEL, Path(sys.argv[1])).embed_query("notice")
"""


@pytest.mark.parametrize(
    ("cpuinfo", "are_wide"),
    [
        (f"processor : 0\n{WIDE}\nprocessor : 1\n{WIDE}", True),
        (f"processor : 0\n{FIRST}", False),
        (f"processor : 0\n{WIDE}\nprocessor : 1\n{FIRST}", False),
        ("processor : 0\nFeatures : asimd\n", False),
        ("", False),
    ],
)
def test_only_processors_that_gain_are_told_to_use_avx512(cpuinfo: str, are_wide: bool) -> None:
    assert have_wide(cpuinfo) is are_wide


def test_whoever_chose_before_has_the_last_word(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cpuinfo = tmp_path_factory.mktemp("proc") / "cpuinfo"
    cpuinfo.write_text(WIDE)
    monkeypatch.setattr(instructions, "_CPUINFO", cpuinfo)
    monkeypatch.setenv(CHOICE, "GENERIC")
    prefer_wide()
    assert os.environ[CHOICE] == "GENERIC"


def test_a_model_is_loaded_by_what_was_chosen(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = str(tmp_path_factory.mktemp("models"))
    done = subprocess.run(
        [sys.executable, "-c", LOADS_A_MODEL, folder],
        env={**os.environ, "CT2_VERBOSE": "1", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    told = instructions._CPUINFO.read_text() if instructions._CPUINFO.exists() else ""
    assert ("Selected ISA: AVX512" in done.stderr) is have_wide(told)
