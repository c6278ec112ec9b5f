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


# Make and what it begins are a process group, which is ended when standard input is.
GROUP = 'exec 3<&0; { read -r _ <&3; kill -TERM 0; } & make "$@" </dev/null 3<&- & wait $!'


def make(words, log, **options):
    """Run make(1) with its output appended to a file: its exit status. Ends with this process, compilers and all."""
    command = ["sh", "-c", GROUP, "make", *words]
    with open(log, "ab") as file:
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=file, stderr=file, process_group=0, **options
        ) as process:
            return process.wait()
