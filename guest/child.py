# SPDX-License-Identifier: GPL-2.0
"""Processes that end with this one, even when it is killed."""

import ctypes
import os
import signal
import subprocess

PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None, use_errno=True)


def die_with(parent):
    """Make this process end when `parent` (a pid), which has just made it, does."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # pylint: disable=protected-access


def start(words, **options):
    """A subprocess.Popen. It is killed when the thread that calls this ends."""
    parent = os.getpid()
    # The request is the child's own to make, and what it calls takes no lock of Python's.
    # pylint: disable-next=subprocess-popen-preexec-fn
    return subprocess.Popen(words, stdin=subprocess.DEVNULL, preexec_fn=lambda: die_with(parent), **options)


def run(words, **options):
    """Run to the end: a subprocess.CompletedProcess with both outputs as text."""
    with start(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options) as process:
        try:
            output, errors = process.communicate()
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(words, process.returncode, output, errors)
