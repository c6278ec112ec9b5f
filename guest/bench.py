#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
usage: python3 guest/bench.py --kernel KERNEL [--json FILE] [OPTION of zerocopy_bench]...

What run_tests.sh --bench --kernel does: runs zerocopy_bench in a guest. One that is interrupted has measured nothing.
"""

import argparse
import os
import pathlib
import signal
import sys

sys.path[0] = str(pathlib.Path(__file__).resolve().parent.parent)

# The package is found from the folder above, which is on the path only now.
# pylint: disable=wrong-import-position
from guest import child, errand, kernels, outputs, program
from guest.trouble import Trouble, say

NAME = "zerocopy_bench"
EMULATED = (
    "the guest's processors were emulated: its ratios are the emulator's, and say little of a machine; what is copied "
    "and what is not is the kernel's"
)


def main():
    """Returns the exit status."""
    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False)
    parser.add_argument("--kernel")
    parser.add_argument("--json")
    words, options = parser.parse_known_args()
    # What it would refuse in the guest it refuses here, before anything is booted.
    refused = child.run([program.here(NAME), *options, "--version"])
    if refused.returncode:
        raise Trouble(refused.stderr.strip().removeprefix(f"{NAME}: "))
    if words.kernel == kernels.RUNNING:
        file = ["--json", words.json] if words.json else []
        os.execv(program.here(NAME), [NAME, *options, *file])
    wanted = outputs.Outputs({"json": words.json})
    kernel = kernels.find(words.kernel)
    sinks = {"output": errand.to(sys.stdout), **wanted.sinks()}
    status, accelerator = errand.run(kernel, NAME, [*options, *wanted.in_guest()], sinks)
    if words.json:
        wanted.write()
    if accelerator == "tcg":
        say(EMULATED)
    return status


if __name__ == "__main__":
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, lambda number, _: sys.exit(128 + number))
    try:
        sys.exit(main())
    except Trouble as trouble:
        print(f"{NAME}: {trouble}", file=sys.stderr)
        sys.exit(trouble.status)
