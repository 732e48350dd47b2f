"""Run by path, in an interpreter of its own: become another user, then the program.

    launcher.py UID GID DEATH_SIGNAL PARENT REACH PROGRAM [ARGUMENT …]

UID and GID of -1 leave the user as it is. The program gets DEATH_SIGNAL when PARENT dies. With
REACH of 1 the new user keeps the right to pass through folders that are closed to it, because the
package and the data may lie below one (/root has mode 0700), and no other right of root's.
"""

import ctypes
import os
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1
_PR_CAPBSET_READ = 23
_PR_SET_SECUREBITS = 28
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_CAP_DAC_OVERRIDE = 1
_CAP_DAC_READ_SEARCH = 2
_CAPABILITY_VERSION_3 = 0x20080522


def _libc() -> ctypes.CDLL | None:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    return libc


def _check(result: int, what: str) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), what)


def _keep_capability(libc: ctypes.CDLL, capability: int) -> None:
    """Make ``capability`` the only one, and let it outlive the exec."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    bit = 1 << capability
    # two times effective, permitted, inheritable: the low and the high half of the bits
    sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    _check(libc.capset(header, sets), "capset")
    _check(libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0), "ambient")


def _become(libc: ctypes.CDLL | None, uid: int, gid: int, *, reach: bool) -> None:
    if libc is not None and reach:
        # Keeps capabilities over setuid, and in access(), which initdb asks about its programs.
        _check(libc.prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0), "securebits")
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if libc is None or not reach:
        return
    # Containers often lack the narrower of the two.
    narrow = libc.prctl(_PR_CAPBSET_READ, _CAP_DAC_READ_SEARCH, 0, 0, 0) == 1
    try:
        _keep_capability(libc, _CAP_DAC_READ_SEARCH if narrow else _CAP_DAC_OVERRIDE)
    except OSError:
        _keep_capability(libc, _CAP_DAC_OVERRIDE)


def main(arguments: Sequence[str]) -> None:
    uid, gid, death_signal, parent, reach = (int(number) for number in arguments[:5])
    program = list(arguments[5:])
    libc = _libc()
    if uid != -1:
        _become(libc, uid, gid, reach=reach == 1)
    if libc is not None and death_signal:
        # A change of user clears it, so it comes after.
        libc.prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit(1)
    os.execv(program[0], program)


if __name__ == "__main__":
    main(sys.argv[1:])
