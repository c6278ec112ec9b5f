#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
usage: scripts/first_lines.py [LIE...]

Tells every lie of src/lying_kernel/ (or those named) to the whole suite, over TCP, UDP and
VSOCK with IPv4, and prints for each: how many results fail, the requirement that the verdict
names first, and that line of the verdict. A requirement that the lie does not say it breaks is
marked with '!'. As root, after 'make lying_kernel'; about half an hour on two idle processors.

Exit status: 0 where at least 95 % of the lies, and every one that fails more than 50 results,
are named by a requirement that they say they break, else 1.
"""

import os
import pathlib
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP), str(TOP / "pytest")]

# pylint: disable=wrong-import-position
from lies import DYNAMIC, all_lies, lied_to
from guest import findings, tap_reader

WANTED_PERCENT = 95
BROAD = 50
# Not guest-only.
WHERE = ["--entry", "[!g]*", "--transport", "tcp4", "--transport", "udp4", "--transport", "vsock-*"]


def told(lie):
    """(number of failing results, the findings of the verdict) under a lie."""
    jobs = str(6 * (os.cpu_count() or 1))
    output = lied_to(lie.name, DYNAMIC, "--patience", "1000", "-j", jobs, *WHERE).stdout
    report = tap_reader.read(output)
    return len(report.by("fail")), findings.read(report.comments)


def main():
    lies = [lie for lie in all_lies() if lie.name in sys.argv[1:] or not sys.argv[1:]]
    if not lies:
        sys.exit("scripts/first_lines.py: no such lie, or 'make lying_kernel' has not been run")
    named = caught = 0
    astray = []
    for lie in lies:
        failures, found = told(lie)
        if not found:
            print(f"{lie.name:44} {failures:5}   not caught here", flush=True)
            continue
        first = found[0]
        right = first["requirement"] in lie.breaks
        caught += 1
        named += right
        if failures > BROAD and not right:
            astray.append(lie.name)
        line = f"{first['requirement']} {first['otherwise']}: {first['sight']}"
        print(f"{lie.name:44} {failures:5} {' ' if right else '!'} {line}", flush=True)
    percent = 100 * named / caught if caught else 0
    print(f"lies caught: {caught} of {len(lies)}; named by a requirement that they break: {named} ({percent:.1f} %)")
    print(f"of those that fail more than {BROAD} results, named by another: {', '.join(astray) or 'none'}")
    return 0 if percent >= WANTED_PERCENT and not astray else 1


if __name__ == "__main__":
    sys.exit(main())
