# SPDX-License-Identifier: GPL-2.0
"""A program of ours in a guest that judges nothing: what it says is passed on as it comes."""

import sys

from guest import boot, initramfs, program, splats
from guest.trouble import FAILED, Trouble, say


def to(stream):
    """A sink that hands on what it gets."""

    def write(data):
        stream.buffer.write(data)
        stream.buffer.flush()

    return write


def run(kernel, name, options, sinks, console=None):
    """
    Boot the kernel and run build/NAME there. sinks: {port: a function that takes what comes}; errors go to
    standard error. console: a file that its console is kept in. Returns its exit status (1 where the kernel told
    of a fault), and the accelerator. Raises Trouble where the guest does not get to the program's end.
    """
    say(f"booting {kernel.release}")
    command = initramfs.words([f"/{name}", *options])
    files = {name: program.of(kernel.architecture, name)}
    sinks = {"errors": to(sys.stderr), **sinks}
    end, accelerator = boot.run(kernel, command, files, sinks, memory_mib=kernel.memory_mib)
    kept = ""
    if console:
        console.write_bytes(end.console.replace(b"\r\n", b"\n"))
        kept = f" (its console: {console})"
    faults, _ = splats.find(end.console)
    for fault in faults:
        say(f"{kernel.release}: " + fault.replace("\n", "\n# ") + kept)
    if end.status != "judged":
        raise Trouble(f"{kernel.release} {end.status}: {end.reason}{kept}")
    return FAILED if faults and end.exit == 0 else end.exit, accelerator
