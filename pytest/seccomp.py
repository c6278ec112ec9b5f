# SPDX-License-Identifier: GPL-2.0
"""
Make a system call fail for the processes started from here, also for a static
program: a kernel that lacks something, for the tests of bad circumstances.

usage: seccomp.py CALL ARGUMENT VALUE ERRNO COMMAND...
CALL fails with ERRNO where its argument number ARGUMENT is VALUE (where it has
that bit, for VALUE written &N).
"""

import ctypes
import errno
import os
import platform
import struct
import sys

# Numbers of (x86_64, aarch64, ...): those that the tests name.
CALLS = {
    "x86_64": {"socket": 41, "setsockopt": 54, "unshare": 272, "ptrace": 101},
    "aarch64": {"socket": 198, "setsockopt": 208, "unshare": 97, "ptrace": 117},
}
PR_SET_NO_NEW_PRIVS = 38
PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2
RET_ERRNO = 0x00050000
RET_ALLOW = 0x7FFF0000
LOAD, JUMP_IF_EQUAL, JUMP_IF_BIT, RETURN = 0x20, 0x15, 0x45, 0x06


def refuse(call, argument, value, error):
    """From here on, in this process and those it starts."""
    jump = JUMP_IF_BIT if value.startswith("&") else JUMP_IF_EQUAL
    program = [
        (LOAD, 0, 0, 0),  # seccomp_data.nr
        (JUMP_IF_EQUAL, 0, 3, CALLS[platform.machine()][call]),
        (LOAD, 0, 0, 16 + 8 * argument),  # seccomp_data.args, the low half
        (jump, 0, 1, int(value.lstrip("&"), 0)),
        (RETURN, 0, 0, RET_ERRNO | error),
        (RETURN, 0, 0, RET_ALLOW),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    filters = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program), ctypes.addressof(code)))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or prctl(
        PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(filters), 0, 0
    ):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_SECCOMP)")


if __name__ == "__main__":
    refuse(sys.argv[1], int(sys.argv[2]), sys.argv[3], getattr(errno, sys.argv[4]))
    os.execvp(sys.argv[5], sys.argv[5:])
