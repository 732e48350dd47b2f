"""By which of the processor's instructions a model computes.

CTranslate2 leaves AVX-512 out, since the first processors that had it slowed down for it. Those
that also have its instructions for neural networks (Ice Lake, Zen 4 and later) embed faster by it.
"""

import os
import re
from pathlib import Path

CHOICE = "CT2_FORCE_CPU_ISA"
"""The variable by which CTranslate2 is told; whoever sets it has the last word."""

_CPUINFO = Path("/proc/cpuinfo")
_FLAGS = re.compile(r"^flags\s*:(.*)$", re.MULTILINE)
_WANTED = {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl", "avx512_vnni"}


def prefer_wide() -> None:
    """Choose AVX-512 where it helps. To be called before the first model is loaded."""
    try:
        told = _CPUINFO.read_text(errors="replace")
    except OSError:  # only Linux has it
        return
    if have_wide(told):
        os.environ.setdefault(CHOICE, "AVX512")


def have_wide(cpuinfo: str) -> bool:
    """Whether all processors of a text as /proc/cpuinfo has it are of those that gain by it."""
    flags = _FLAGS.findall(cpuinfo)
    return bool(flags) and all(set(one.split()) >= _WANTED for one in flags)
