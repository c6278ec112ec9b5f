#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Makes a reproducer of each result that a selection plans, compiles it, runs it, and counts
those that answer as the suite did: 0 for what passes, 1 for what fails or deviates.

    scripts/reproducers.py [-j JOBS] [-o FOLDER] [--every N] [OPTION OF build/msg_zerocopy]...
"""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

TREE = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = os.environ.get("MSG_ZEROCOPY", str(TREE / "build" / "msg_zerocopy"))
COMPILE = ["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-pthread"]
RESULT = re.compile(r"^(not )?ok \d+ (\S+) # ?(SKIP|XFAIL|XPASS|broken)?", re.MULTILINE)
LONGEST_DEVIATION = 150


def run(*command, seconds=60):
    """Exit status and output; a status of None is a program that does not end."""
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None, f"does not end within {seconds} s"
    return done.returncode, done.stdout


def reproduce(name, folder):
    """(what became of it, one line)."""
    source, binary = folder / f"{name}.c", folder / name
    _, output = run(PROGRAM, "--reproducer", name, str(source))
    result = RESULT.search(output)
    if not result:
        return "no result", output.strip().splitlines()[-1]
    failed = bool(result.group(1)) or result.group(3) == "XFAIL"
    if result.group(3) == "SKIP":
        return "skipped", output[result.end() :].splitlines()[0].strip()
    cannot = re.search(r"no reproducer of \S+: (.*)", output)
    if cannot:
        return "says why not", cannot.group(1)
    status, output = run(*COMPILE, str(source), "-o", str(binary))
    if status != 0:
        return "does not compile", next((line for line in output.splitlines() if "error" in line), output[:200])
    lines = len(source.read_text().splitlines())
    status, output = run(str(binary))
    if status != (1 if failed else 0):
        return "answers otherwise", f"{status} where the suite has {'failed' if failed else 'ok'}: " + "; ".join(
            line.strip() for line in output.strip().splitlines()
        )
    binary.unlink()
    if failed and lines > LONGEST_DEVIATION:
        return "answers as the suite", f"but has {lines} lines"
    return "answers as the suite", ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count())
    parser.add_argument("-o", "--output", type=pathlib.Path, help="keep the programs in this folder")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only the first, and each Nth after it")
    options, selection = parser.parse_known_args()
    listed = subprocess.run([PROGRAM, "--list", *selection], stdout=subprocess.PIPE, text=True, check=False)
    if listed.returncode:
        return listed.returncode
    names = listed.stdout.split()[:: options.every]
    counts, reasons = collections.Counter(), collections.Counter()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.output or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for name, (became, line) in zip(names, pool.map(lambda each: reproduce(each, folder), names)):
                counts[became] += 1
                if became == "says why not":
                    reasons[line] += 1
                if line:
                    print(f"{name}: {became}: {line}", flush=True)
    judged = len(names) - counts["skipped"]
    print(f"\n{len(names)} results, {judged} of them judged")
    for became, count in counts.most_common():
        share = f"  {100 * count / judged:5.1f} %" if became != "skipped" and judged else ""
        print(f"{count:6} {became}{share}")
    for reason, count in reasons.most_common():
        print(f"{count:6} say: {reason}")
    return 0 if counts["does not compile"] + counts["answers otherwise"] + counts["no result"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
