# SPDX-License-Identifier: GPL-2.0
"""The program for the guests of an architecture: this machine's own, or cross-built."""

import os
import pathlib

from guest import cache, child
from guest.trouble import Trouble, say

TOP = pathlib.Path(__file__).resolve().parent.parent
NATIVE = TOP / "build" / "msg_zerocopy"
# What make calls them.
TARGETS = {"msg_zerocopy": "all", "zerocopy_bench": "bench", "zerocopy_explore": "explore"}


def here(name):
    """This machine's own. Raises Trouble where it has not been built."""
    file = TOP / "build" / name
    if not file.exists():
        raise Trouble(f"{file} is missing: 'make {TARGETS[name]}' builds it")
    return file


def of(architecture, name=NATIVE.name):
    """The file of that program, built where it is older than its sources. Raises Trouble where it does not build."""
    if architecture.is_native():
        return here(name)
    output = TOP / "build" / architecture.name
    words = ["make", "-s", f"CXX={architecture.compiler}-g++", f"OUTPUT={output}", TARGETS[name]]
    with cache.locked(f"program-{architecture.name}"):
        if child.run([*words, "-q"], cwd=TOP).returncode:
            say(f"building {name} for {architecture.name} (minutes, the first time)")
        result = child.run([*words, f"-j{os.cpu_count()}"], cwd=TOP, env={**os.environ, "LC_ALL": "C"})
    if result.returncode:
        complaint = [line for line in result.stderr.splitlines() if "rror" in line] or ["make failed"]
        raise Trouble(f"{name} does not build for {architecture.name}: {complaint[0]}")
    return output / name
