import os
import subprocess
import sys
from pathlib import Path

import pytest

from libs.drain import DrainFlag
from libs.drain.__main__ import main


def test_the_flag_is_set_and_says_nothing(tmp_path: Path) -> None:
    drain = DrainFlag(tmp_path / "draining")
    done = subprocess.run(
        [sys.executable, "-m", "libs.drain", tmp_path / "draining", "0.01"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert drain.is_set


def test_a_flag_that_cannot_be_set_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([f"{tmp_path}/nowhere/draining", "0"]) == 1
    assert capsys.readouterr().err == (
        f"ibid: the drain flag {tmp_path}/nowhere/draining cannot be set:"
        " No such file or directory\n"
    )


@pytest.mark.parametrize("arguments", [[], ["x"], ["x", "soon"], ["x", "-1"], ["x", "nan"]])
def test_other_arguments_are_wrong_usage(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert main(arguments) == 2
    usage = "usage: python -m libs.drain FILE SECONDS\n"
    assert capsys.readouterr().err == usage
