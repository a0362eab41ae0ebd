"""Become another program that dies with the process that started it.

    python leash.py OWNER_PID SIGNAL USER COMMAND...

A program of its own, because a test process has threads (gRPC's, for one), and Python between fork and exec
is unsafe there. Linux only: other systems know no parent-death signal. The signal comes when the *thread*
that started this program ends, so start servers from the main thread.
"""

import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG = 1


def become(*, owner_pid: int, signal_number: int, user: str, command: list[str]) -> None:
    """Replace this process by the command, run as the user (empty: as we are)."""
    if user:
        account = pwd.getpwnam(user)
        os.setgroups([])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
    # After the change of user: the kernel forgets the signal when the user changes.
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0) != 0:
        sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != owner_pid:
        sys.exit("the owner died before the leash was on")
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    become(owner_pid=int(sys.argv[1]), signal_number=int(sys.argv[2]), user=sys.argv[3], command=sys.argv[4:])
