# SPDX-License-Identifier: GPL-2.0
"""The program for the guests of an architecture: this machine's own, or cross-built."""

import os
import pathlib

from guest import cache, child
from guest.trouble import Trouble, say

TOP = pathlib.Path(__file__).resolve().parent.parent
NATIVE = TOP / "build" / "msg_zerocopy"


def of(architecture):
    """Its file, built where it is older than its sources. Raises Trouble where it does not build."""
    if architecture.is_native():
        return NATIVE
    output = TOP / "build" / architecture.name
    words = ["make", "-s", f"CXX={architecture.compiler}-g++", f"OUTPUT={output}", "all"]
    with cache.locked(f"program-{architecture.name}"):
        if child.run([*words, "-q"], cwd=TOP).returncode:
            say(f"building the suite for {architecture.name} (minutes, the first time)")
        result = child.run([*words, f"-j{os.cpu_count()}"], cwd=TOP, env={**os.environ, "LC_ALL": "C"})
    if result.returncode:
        complaint = [line for line in result.stderr.splitlines() if "rror" in line] or ["make failed"]
        raise Trouble(f"the suite does not build for {architecture.name}: {complaint[0]}")
    return output / "msg_zerocopy"
