# SPDX-License-Identifier: GPL-2.0
"""The lies of src/lying_kernel/, and which cases catch one."""

import dataclasses
import functools
import os
import sys

from conftest import TOP, run
from guests import slot
from guest import initramfs, tap_reader

DYNAMIC = TOP / "build" / "msg_zerocopy.dynamic"
LIBRARY = TOP / "build" / "lying_kernel.so"
# To see a case fail, some of its transports are enough.
FEW_TRANSPORTS = ["--transport", "tcp[46]", "--transport", "udp[46]", "--transport", "vsock-*"]


@dataclasses.dataclass
class Lie:
    name: str
    breaks: list
    description: str
    hides: bool  # each look at a socket empties the kernel's error queue


def lied_to(name, *command, **options):
    environment = {**os.environ, "LD_PRELOAD": str(LIBRARY), "LYING_KERNEL": name}
    return run(*command, env=environment, **options)


@functools.cache
def all_lies():
    if not LIBRARY.exists():
        return []
    lines = lied_to("list", "true").stdout.splitlines()
    rows = [line.split("\t") for line in lines]
    return [Lie(name, breaks.split(), text, hides == "hides") for name, breaks, text, hides in rows if breaks]


@functools.cache
def cases_of(requirement):
    """The names of the cases that judge it; there may be none."""
    listed = run(DYNAMIC, "-l", "-r", requirement)
    return {line.split(".")[0] for line in listed.stdout.splitlines()} if listed.returncode == 0 else set()


def ended_by_the_harness(result):
    return any("the case did not end within" in line for line in result.diagnostics)


def told_here(lie, *options):
    return lied_to(lie.name, DYNAMIC, *options)


def told_in_a_guest(kernel):
    """As told_here, of another kernel."""

    def tell(lie, *options):
        command = ["env", "LD_PRELOAD=/lying_kernel.so", f"LYING_KERNEL={lie.name}", "/msg_zerocopy.dynamic", *options]
        words = ["--add", LIBRARY, "--add", DYNAMIC, kernel, initramfs.words(command)]
        with slot():
            result = run(sys.executable, TOP / "guest" / "try_boot.py", *words, timeout=1800)
        # What it says of the boot is not the program's.
        result.stderr = "\n".join(line for line in result.stderr.splitlines() if not line.startswith("# "))
        return result

    return tell


def outcome(lie, tell=told_here):
    """One run of the cases of the promises that a lie breaks, judged by them."""
    judged = [requirement for requirement in lie.breaks if cases_of(requirement)]
    if not judged:
        return {"judged": []}
    selection = [word for requirement in judged for word in ("-r", requirement)]
    # Where the machine is too busy for so little patience, again with more.
    for patience in ("1000", "10000"):
        result = tell(lie, "--patience", patience, "-j", "12", *FEW_TRANSPORTS, *selection)
        report = tap_reader.read(result.stdout)
        failed = [r.name for r in report.results if r.verdict == "fail" and not ended_by_the_harness(r)]
        if failed or not report.by("fail"):
            break
    return {
        "judged": judged,
        "status": result.returncode,
        "stderr": result.stderr,
        "missing": report.planned - len(report.results),
        "failed": failed,
        "crashed": [
            r.name
            for r in report.results
            if r.verdict == "broken" and ("ended by" in r.directive or "without a report" in r.directive)
        ],
        "broken": [r.name + ": " + r.directive for r in report.results if r.verdict == "broken"],
    }
