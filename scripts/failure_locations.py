#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
usage: scripts/failure_locations.py [LIE...]

Tells every lie of src/lying_kernel/ (or those named) to the cases of the promises that it
breaks, over loopback, TCP and UDP, IPv4, and counts where the failures point: "at:" should
name a line of the case that failed, because a helper's line says nothing of what the case
did. A result that fails without a line points outside its case, unless the harness ended
it. Expectations that print an errno, event or flag as a bare number are counted, too. As
root, after 'make lying_kernel'; about a minute.

Exit status: 0 where at least 98 % of the failures point into the failing case and no number
is bare, else 1.
"""

import collections
import concurrent.futures
import os
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP), str(TOP / "pytest")]

# pylint: disable=wrong-import-position
from lies import DYNAMIC, all_lies, cases_of, ended_by_the_harness, lied_to
from guest import tap_reader

WANTED_PERCENT = 98
WORST = 20
WHERE = ["--path", "loopback", "--transport", "tcp4", "--transport", "udp4"]

CASE = re.compile(r"^CASE\((\w+)")
AT = re.compile(r"\s+at:\s+(\S+):(\d+)$")
VALUE = re.compile(r"\s+(expected|seen):\s+(.*)$")
# No flag and no event have no name of their own.
BARE = re.compile(r"-?(0x0*[1-9a-f][0-9a-f]*|[1-9]\d*)", re.IGNORECASE)
NAMED = re.compile(r"\b(errno|r?events|msg_flags|ee_origin|ee_code|ee_errno|level)\b")


def bodies():
    """Case -> (file, first line, last line): from CASE( to the brace that closes its body."""
    found = {}
    for path in sorted((TOP / "conformance").glob("*.cc")):
        name, start = "", 0
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if match := CASE.match(line):
                name, start = match[1], number
            elif name and line.startswith("}"):
                found[name] = (str(path.relative_to(TOP)), start, number)
                name = ""
    return found


def told(lie):
    """The failing results under a lie."""
    selection = [word for requirement in lie.breaks if cases_of(requirement) for word in ("-r", requirement)]
    output = lied_to(lie.name, DYNAMIC, "--patience", "1000", "-j", "12", *WHERE, *selection).stdout
    if not selection or not output.startswith("TAP version"):
        return None  # none of its cases applies to these transports and this path
    return [result for result in tap_reader.read(output).results if result.verdict == "fail"]


def locations(result):
    """(file, line) of each "at:"."""
    matches = (AT.match(line) for line in result.diagnostics)
    return [(match[1], int(match[2])) for match in matches if match]


def bare_numbers(result):
    """The expectations of a result that print a number in place of a name."""
    label = ""
    for line in result.diagnostics:
        if not line.startswith(" "):
            label = line
        elif (match := VALUE.match(line)) and NAMED.search(label) and BARE.fullmatch(match[2]):
            yield f"{label}: {match[1]} {match[2]}"


def table(title, counts):
    print(f"\n{title}:")
    for text, count in counts.most_common(WORST):
        print(f"{count:7}  {text}")
    if len(counts) > WORST:
        print(f"         and {len(counts) - WORST} more")


def main():
    lies = [lie for lie in all_lies() if lie.name in sys.argv[1:] or not sys.argv[1:]]
    if not lies:
        sys.exit("scripts/failure_locations.py: no such lie, or 'make lying_kernel' has not been run")
    cases = bodies()
    inapplicable = failures = within = 0
    elsewhere, bare = collections.Counter(), collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for results in pool.map(told, lies):
            inapplicable += results is None
            for result in results or []:
                file, first, last = cases[result.name.split(".")[0]]
                places = locations(result)
                failures += 1
                if not places and not ended_by_the_harness(result):
                    elsewhere["no line at all"] += 1
                for place, line in places:
                    if place == file and first <= line <= last:
                        within += 1
                    else:
                        elsewhere[f"{place}:{line}"] += 1
                bare.update(bare_numbers(result))
    total = within + elsewhere.total()
    percent = 100 * within / total if total else 0
    print(f"lies told: {len(lies) - inapplicable}; {inapplicable} more have no case on {' '.join(WHERE)}")
    print(f"failing results: {failures}; locations: {total}; within the failing case: {within} ({percent:.1f} %)")
    print(f"expectations with a bare number for an errno, event or flag: {bare.total()}")
    if elsewhere:
        table("locations outside the failing case", elsewhere)
    if bare:
        table("bare numbers", bare)
    return 0 if percent >= WANTED_PERCENT and not bare else 1


if __name__ == "__main__":
    sys.exit(main())
